"""``twitter``: the card of a page that is shared on Twitter."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any, Literal, Required, TypedDict

from byway.http.url import URL
from byway.metadata.head import HeadTag
from byway.metadata.page.field import Context, Resolved, as_list, described, meta, plain
from byway.metadata.page.open_graph import IMAGE_PARTS, Images, Pixels, resolve_images
from byway.metadata.page.title import Title, resolve_title, shown


class TwitterPlayer(TypedDict, total=False):
    """A player for a sound or a film; sizes are pixels."""

    player_url: Required[str | URL]
    stream_url: str | URL | None
    width: Pixels | None
    height: Pixels | None


class TwitterAppIds(TypedDict, total=False):
    """The app's id in each store."""

    iphone: str | int | None
    ipad: str | int | None
    googleplay: str | int | None


class TwitterAppUrls(TypedDict, total=False):
    """What opens the app on each device."""

    iphone: str | URL | None
    ipad: str | URL | None
    googleplay: str | URL | None


class TwitterApp(TypedDict, total=False):
    """An app that the card leads to."""

    name: str | None
    id: TwitterAppIds | None
    url: TwitterAppUrls | None
    country: str | None


class Twitter(TypedDict, total=False):
    """A card. ``players`` belong to the card ``player``, ``app`` to the card ``app``."""

    card: Literal["summary", "summary_large_image", "player", "app"] | None
    """By default ``summary_large_image`` when there are images, else ``summary``."""
    site: str | None
    site_id: str | int | None
    creator: str | None
    creator_id: str | int | None
    title: Title | None
    description: str | None
    images: Images | None
    players: TwitterPlayer | Sequence[TwitterPlayer] | None
    app: TwitterApp | None


_PLAIN = {"card": "card", "site": "site", "site_id": "site:id", "creator": "creator", "creator_id": "creator:id"}
_IMAGE_PARTS = ("alt", *(part for part in IMAGE_PARTS if part != "alt"))
_DEVICES = ("iphone", "ipad", "googleplay")


def resolve_twitter(value: Twitter, context: Context) -> Resolved:
    """``value`` with its ``card``, its ``title``, absolute URLs of its images, and a list of its players."""
    resolved: Resolved = {name: plain(item) for name, item in value.items() if item is not None}
    resolved["title"] = resolve_title(value.get("title"), context)
    if (images := value.get("images")) is not None:
        resolved["images"] = resolve_images(images, context.links)
    resolved["card"] = value.get("card") or ("summary_large_image" if resolved.get("images") else "summary")
    if "players" in resolved:
        resolved["players"] = as_list(resolved["players"])
    return resolved


def twitter_tags(value: Any) -> Iterator[HeadTag]:
    """The ``meta`` elements of a card."""
    for key, name in _PLAIN.items():
        yield from meta(f"twitter:{name}", value.get(key))
    yield from meta("twitter:title", shown(value["title"]))
    yield from meta("twitter:description", value.get("description"))
    yield from described("twitter:image", value.get("images") or [], _IMAGE_PARTS, key="name")
    if value["card"] == "player":
        for player in value.get("players") or ():
            yield from _player_tags(player)
    if value["card"] == "app":
        yield from _app_tags(value.get("app") or {})


def _player_tags(player: Any) -> Iterator[HeadTag]:
    yield from meta("twitter:player", player["player_url"])
    yield from meta("twitter:player:stream", player.get("stream_url"))
    yield from meta("twitter:player:width", player.get("width"))
    yield from meta("twitter:player:height", player.get("height"))


def _app_tags(app: Any) -> Iterator[HeadTag]:
    for device in _DEVICES:
        yield from meta(f"twitter:app:name:{device}", app.get("name"))
        yield from meta(f"twitter:app:id:{device}", app.get("id", {}).get(device))
        yield from meta(f"twitter:app:url:{device}", app.get("url", {}).get(device))
