async def GET() -> dict[str, str]:
    return {"not": "a response"}
