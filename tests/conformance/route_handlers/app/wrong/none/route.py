async def GET() -> None:
    pass
