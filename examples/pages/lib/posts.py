"""The posts. They stand for a database: whoever asks has to wait."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Post:
    slug: str
    title: str
    text: str
    tags: tuple[str, ...]


POSTS = [
    Post("folders", "Folders are routes", "A folder is a part of the URL.\n\nA page.py answers there.", ("routing",)),
    Post("escaping", "Text is <escaped>", "What is no markup cannot become any.", ("python", "safety")),
    Post("layouts", "Layouts nest", "Each layout.py wraps what lies below it.", ("routing", "python")),
]


async def find_posts(tag: str | None = None) -> list[Post]:
    return [post for post in POSTS if tag is None or tag in post.tags]


async def find_post(slug: str) -> Post | None:
    return next((post for post in POSTS if post.slug == slug), None)


async def newest_post() -> Post:
    return POSTS[-1]
