"""The posts. They lie in a file, where a real app would ask a database or a CMS."""

import logging
from pathlib import Path

import msgspec

from byway.cache import cache_life, cache_tag, use_cache
from byway.headers import draft_mode

log = logging.getLogger("example.posts")

CONTENT = Path(__file__).parents[1] / "content" / "posts.json"


class Post(msgspec.Struct):
    slug: str
    title: str
    body: str
    published: bool


def read_all() -> list[Post]:
    log.info("reading %s", CONTENT.name)
    return msgspec.json.decode(CONTENT.read_bytes(), type=list[Post])


@use_cache
def list_posts() -> list[Post]:
    """All posts; in draft mode those that are not published yet, too."""
    cache_life("days")
    cache_tag("posts")
    is_draft = draft_mode().is_enabled
    return [post for post in read_all() if post.published or is_draft]


@use_cache
def find_post(slug: str) -> Post | None:
    """The post with ``slug``."""
    cache_life("days")
    cache_tag(f"post:{slug}")
    is_draft = draft_mode().is_enabled
    return next((post for post in read_all() if post.slug == slug and (post.published or is_draft)), None)
