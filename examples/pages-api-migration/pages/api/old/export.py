from lib.notes import find_notes

from byway.server import ApiRequest, ApiResponse


async def handler(req: ApiRequest, res: ApiResponse) -> None:
    res.set_header("Content-Type", "text/csv; charset=utf-8")
    await res.write("id,text\n")
    for note in find_notes():
        await res.write(f"{note.id},{note.text}\n")
    res.end()
