"""GET and POST /api/books, for the sites in lib/cors.py."""

from dataclasses import dataclass

from lib.cors import cors, preflight

from byway.server import Request, Response


@dataclass
class Book:
    title: str


BOOKS = [Book("Dracula")]

OPTIONS = preflight("GET", "HEAD", "OPTIONS", "POST")


@cors
async def GET() -> Response:
    return Response.json(BOOKS)


@cors
async def POST(request: Request) -> Response:
    book = await request.json(Book)
    BOOKS.append(book)
    return Response.json(book, status=201)
