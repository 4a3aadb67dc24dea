from byway import redirect


async def GET() -> None:
    redirect("/items")
