"""``open_graph``: what is shown of a page that is shared, by the Open Graph protocol."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import date
from typing import Any, Literal, Required, TypeAlias, TypedDict

from byway.http.url import URL
from byway.metadata.head import HeadImage, HeadTag
from byway.metadata.page.field import Context, Resolved, as_dict, as_list, described, meta, plain
from byway.metadata.page.links import Links
from byway.metadata.page.title import Title, resolve_title, shown

Pixels: TypeAlias = str | float
Time: TypeAlias = str | date

OpenGraphType = Literal[
    "website",
    "article",
    "book",
    "profile",
    "music.song",
    "music.album",
    "music.playlist",
    "music.radio_station",
    "video.movie",
    "video.episode",
    "video.tv_show",
    "video.other",
]


class OpenGraphAudio(TypedDict, total=False):
    """A sound."""

    url: Required[str | URL]
    secure_url: str | URL | None
    type: str | None


class OpenGraphVideo(OpenGraphAudio, total=False):
    """A film; sizes are pixels."""

    width: Pixels | None
    height: Pixels | None


class ShareImage(OpenGraphVideo, total=False):
    """A picture; sizes are pixels."""

    alt: str | None


class OpenGraphActor(TypedDict, total=False):
    """Who plays what."""

    url: Required[str | URL]
    role: str | None


class OpenGraphSong(TypedDict, total=False):
    """A song of an album, or the album of a song, with the place where it is."""

    url: Required[str | URL]
    disc: int | None
    track: int | None


Images: TypeAlias = str | URL | ShareImage | Sequence[str | URL | ShareImage]


class OpenGraph(TypedDict, total=False):
    """A page as a thing that can be shared. Below ``type`` are the fields that only some types have."""

    determiner: Literal["a", "an", "the", "auto", ""] | None
    title: Title | None
    description: str | None
    url: str | URL | None
    site_name: str | None
    locale: str | None
    country_name: str | None
    ttl: float | None
    """Seconds after which the page is to be read anew."""
    images: Images | None
    videos: str | URL | OpenGraphVideo | Sequence[str | URL | OpenGraphVideo] | None
    audio: str | URL | OpenGraphAudio | Sequence[str | URL | OpenGraphAudio] | None
    emails: str | Sequence[str] | None
    phone_numbers: str | Sequence[str] | None
    fax_numbers: str | Sequence[str] | None
    alternate_locale: str | Sequence[str] | None

    type: OpenGraphType | None
    published_time: Time | None
    modified_time: Time | None
    expiration_time: Time | None
    release_date: Time | None
    authors: str | URL | Sequence[str | URL] | None
    section: str | None
    tags: str | Sequence[str] | None
    isbn: str | None
    first_name: str | None
    last_name: str | None
    username: str | None
    gender: str | None
    duration: float | None
    """Seconds."""
    albums: str | URL | OpenGraphSong | Sequence[str | URL | OpenGraphSong] | None
    songs: str | URL | OpenGraphSong | Sequence[str | URL | OpenGraphSong] | None
    musicians: str | URL | Sequence[str | URL] | None
    creators: str | URL | Sequence[str | URL] | None
    actors: str | URL | OpenGraphActor | Sequence[str | URL | OpenGraphActor] | None
    directors: str | URL | Sequence[str | URL] | None
    writers: str | URL | Sequence[str | URL] | None
    series: str | URL | None


#: The parts of an image in the order of a head.
IMAGE_PARTS = ("secure_url", "type", "width", "height", "alt")

# Each key and its property, in the order of a head; the title stands for what of it is shown.
_COMMON = {
    "determiner": "og:determiner",
    "title": "og:title",
    "description": "og:description",
    "url": "og:url",
    "site_name": "og:site_name",
    "locale": "og:locale",
    "country_name": "og:country_name",
    "ttl": "og:ttl",
    "images": "og:image",
    "videos": "og:video",
    "audio": "og:audio",
    "emails": "og:email",
    "phone_numbers": "og:phone_number",
    "fax_numbers": "og:fax_number",
    "alternate_locale": "og:locale:alternate",
    "type": "og:type",
}
_FILM = {
    "actors": "video:actor",
    "directors": "video:director",
    "writers": "video:writer",
    "duration": "video:duration",
    "release_date": "video:release_date",
    "tags": "video:tag",
}
_BY_TYPE = {
    "article": {
        "published_time": "article:published_time",
        "modified_time": "article:modified_time",
        "expiration_time": "article:expiration_time",
        "authors": "article:author",
        "section": "article:section",
        "tags": "article:tag",
    },
    "book": {
        "isbn": "book:isbn",
        "release_date": "book:release_date",
        "authors": "book:author",
        "tags": "book:tag",
    },
    "profile": {
        "first_name": "profile:first_name",
        "last_name": "profile:last_name",
        "username": "profile:username",
        "gender": "profile:gender",
    },
    "music.song": {"duration": "music:duration", "albums": "music:album", "musicians": "music:musician"},
    "music.album": {"songs": "music:song", "musicians": "music:musician", "release_date": "music:release_date"},
    "music.playlist": {"songs": "music:song", "creators": "music:creator"},
    "music.radio_station": {"creators": "music:creator"},
    "video.movie": _FILM,
    "video.episode": {**_FILM, "series": "video:series"},
}
_PARTS = (*IMAGE_PARTS, "disc", "track", "role")
_LISTS = frozenset(("images", "videos", "audio", "emails", "phone_numbers", "fax_numbers", "alternate_locale"))


def resolve_open_graph(value: OpenGraph, context: Context) -> Resolved:
    """``value`` with lists of images and their like, and with absolute URLs of its images.

    It has a ``title``, and ``images`` only when those are set.
    """
    resolved: Resolved = {name: plain(item) for name, item in value.items() if item is not None}
    for name in _LISTS & resolved.keys():
        resolved[name] = as_list(resolved[name])
    resolved["title"] = resolve_title(value.get("title"), context)
    if url := value.get("url"):
        resolved["url"] = context.links.page(url)
    if (images := value.get("images")) is not None:
        resolved["images"] = resolve_images(images, context.links)
    return resolved


def resolve_images(images: Images, links: Links) -> list[Resolved]:
    """``images`` as dicts with an absolute ``url`` each."""
    resolved: list[Resolved] = []
    for image in as_list(images):
        one = as_dict(image)
        if one["url"]:
            resolved.append(plain({**one, "url": links.share(one["url"])}))
    return resolved


def image_of(image: HeadImage) -> ShareImage:
    """The share image of a file."""
    return {
        "url": image.url,
        "type": image.content_type,
        "width": image.width,
        "height": image.height,
        "alt": image.alt,
    }


def open_graph_tags(value: Any) -> Iterator[HeadTag]:
    """The properties of a page that is shared."""
    for key, name in {**_COMMON, **_BY_TYPE.get(value.get("type"), {})}.items():
        if key == "title":
            yield from meta(name, shown(value[key]), key="property")
        elif (item := value.get(key)) is not None:
            yield from described(name, item, _PARTS)
