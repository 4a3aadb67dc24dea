"""``apple_web_app``, ``itunes`` and ``app_links``: the page on a home screen, and the native apps that show it, too."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any, Literal, Required, TypeAlias, TypedDict

from byway.http.url import URL
from byway.metadata.head import HeadTag
from byway.metadata.page.field import Context, Resolved, as_dict, as_list, link, meta, plain


class StartupImage(TypedDict, total=False):
    """A picture that is shown while the page starts; ``media`` tells on which screens."""

    url: Required[str | URL]
    media: str | None


class AppleWebApp(TypedDict, total=False):
    """How the page looks when it was added to a home screen."""

    capable: bool | None
    """Whether it has no controls of the browser: True by default."""
    title: str | None
    startup_image: str | URL | StartupImage | Sequence[str | URL | StartupImage] | None
    status_bar_style: Literal["default", "black", "black-translucent"] | None


AppleWebAppValue: TypeAlias = bool | AppleWebApp


class ITunes(TypedDict, total=False):
    """The app that a banner above the page offers."""

    app_id: Required[str | int]
    app_argument: str | URL | None


class AppleAppLink(TypedDict, total=False):
    """An app for Apple's devices."""

    url: Required[str | URL]
    app_store_id: str | int | None
    app_name: str | None


# "class" is no name that the other form can have.
AndroidAppLink = TypedDict(
    "AndroidAppLink",
    {"package": Required[str], "url": str | URL | None, "class": str | None, "app_name": str | None},
    total=False,
)


class WindowsAppLink(TypedDict, total=False):
    """An app for Windows."""

    url: Required[str | URL]
    app_id: str | int | None
    app_name: str | None


class WebAppLink(TypedDict, total=False):
    """Where to go without an app."""

    url: Required[str | URL]
    should_fallback: bool | None


class AppLinks(TypedDict, total=False):
    """The apps that show what the page shows."""

    ios: AppleAppLink | Sequence[AppleAppLink] | None
    iphone: AppleAppLink | Sequence[AppleAppLink] | None
    ipad: AppleAppLink | Sequence[AppleAppLink] | None
    android: AndroidAppLink | Sequence[AndroidAppLink] | None
    windows_phone: WindowsAppLink | Sequence[WindowsAppLink] | None
    windows: WindowsAppLink | Sequence[WindowsAppLink] | None
    windows_universal: WindowsAppLink | Sequence[WindowsAppLink] | None
    web: WebAppLink | Sequence[WebAppLink] | None


_APPLE = ("url", "app_store_id", "app_name")
_WINDOWS = ("url", "app_id", "app_name")
_PLATFORMS = {
    "ios": _APPLE,
    "iphone": _APPLE,
    "ipad": _APPLE,
    "android": ("package", "url", "class", "app_name"),
    "windows_phone": _WINDOWS,
    "windows": _WINDOWS,
    "windows_universal": _WINDOWS,
    "web": ("url", "should_fallback"),
}


def resolve_apple_web_app(app: AppleWebAppValue, _: Context) -> Resolved | None:
    """``app`` with its defaults; None when it is False."""
    if isinstance(app, bool):
        return {"capable": True} if app else None
    resolved: Resolved = {
        "capable": app.get("capable", True) is not False,
        "title": app.get("title"),
        "startup_image": [as_dict(one) for one in as_list(app.get("startup_image") or [])],
        "status_bar_style": app.get("status_bar_style") or "default",
    }
    return {**plain(resolved)}


def apple_web_app_tags(app: Any) -> Iterator[HeadTag]:
    """What a home screen reads."""
    if app["capable"]:
        yield from meta("mobile-web-app-capable", "yes")
    yield from meta("apple-mobile-web-app-title", app.get("title"))
    for image in app.get("startup_image", ()):
        yield from link("apple-touch-startup-image", image["url"], {"media": image.get("media")})
    yield from meta("apple-mobile-web-app-status-bar-style", app.get("status_bar_style"))


def resolve_itunes(itunes: ITunes, context: Context) -> Resolved:
    """``itunes`` with its argument as a URL."""
    argument = itunes.get("app_argument")
    url = context.links.alternate(argument) if argument else None
    return {**plain({"app_id": itunes["app_id"], "app_argument": url})}


def itunes_tags(itunes: Any) -> Iterator[HeadTag]:
    """The banner of an app."""
    argument = f", app-argument={itunes['app_argument']}" if "app_argument" in itunes else ""
    yield from meta("apple-itunes-app", f"app-id={itunes['app_id']}{argument}")


def resolve_app_links(links: AppLinks, _: Context) -> Resolved:
    """``links`` with a list for each platform."""
    return {name: plain(as_list(value)) for name, value in links.items() if value is not None}


def app_links_tags(links: Any) -> Iterator[HeadTag]:
    """The App Links of all platforms."""
    for platform, keys in _PLATFORMS.items():
        for app in links.get(platform, ()):
            for key in keys:
                yield from meta(f"al:{platform}:{key}", app.get(key), key="property")
