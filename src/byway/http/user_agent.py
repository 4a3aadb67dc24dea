"""What a ``User-Agent`` header tells: browser, engine, operating system, device, processor, and whether it is a bot.

The rules are data: lists of a pattern and what it stands for, tried from top to bottom. Special cases come before the
general ones that they resemble: nearly every browser also calls itself Chrome, Safari and Mozilla.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import lru_cache
from typing import Literal, TypeAlias

DeviceType: TypeAlias = Literal["console", "mobile", "tablet", "smarttv", "wearable"]


@dataclass(frozen=True, slots=True)
class Browser:
    """``name`` is ``"Mobile Safari"``, say, ``version`` ``"17.4.1"``, and ``major`` ``"17"``."""

    name: str | None = None
    version: str | None = None
    major: str | None = None


@dataclass(frozen=True, slots=True)
class Device:
    """``type`` is None for a desktop computer and what is not recognised."""

    model: str | None = None
    type: DeviceType | None = None
    vendor: str | None = None


@dataclass(frozen=True, slots=True)
class Engine:
    """What draws the page: ``"Blink"``, ``"WebKit"``, ``"Gecko"``."""

    name: str | None = None
    version: str | None = None


@dataclass(frozen=True, slots=True)
class OperatingSystem:
    """``"iOS"``, ``"Android"``, ``"Mac OS"``, ``"Windows"``, ``"Linux"`` or a distribution's name."""

    name: str | None = None
    version: str | None = None


@dataclass(frozen=True, slots=True)
class Cpu:
    """``architecture`` is ``"amd64"``, ``"arm64"``, ``"arm"`` or ``"ia32"``."""

    architecture: str | None = None


@dataclass(frozen=True, slots=True)
class UserAgent:
    """What `parse_user_agent` found; None stands for what the header does not tell.

    ``ua`` is the header. All of it is a client's own word, which may be untrue.

    Implements the result of ``userAgent`` of the Next.js documents.
    """

    ua: str
    is_bot: bool
    browser: Browser
    device: Device
    engine: Engine
    os: OperatingSystem
    cpu: Cpu


# A pattern's first group, if it has one, is the version.
_Rules: TypeAlias = Sequence[tuple[str, str]]

_BROWSERS: _Rules = (
    (r"OculusBrowser/([\d.]+)", "Oculus Browser"),
    (r"Edg(?:e|A|iOS)?/([\d.]+)", "Edge"),
    (r"Opera Mini/([\d.]+)", "Opera Mini"),
    (r"(?:OPR|OPT|OPiOS|Opera)[/ ]([\d.]+)", "Opera"),
    (r"Vivaldi/([\d.]+)", "Vivaldi"),
    (r"YaBrowser/([\d.]+)", "Yandex"),
    (r"SamsungBrowser/([\d.]+)", "Samsung Browser"),
    (r"MiuiBrowser/([\d.]+)", "MIUI Browser"),
    (r"HuaweiBrowser/([\d.]+)", "Huawei Browser"),
    (r"UC ?Browser/([\d.]+)", "UCBrowser"),
    (r"Silk/([\d.]+)", "Silk"),
    (r"(?:DuckDuckGo|Ddg)/([\d.]+)", "DuckDuckGo"),
    (r"Electron/([\d.]+)", "Electron"),
    (r"Instagram ([\d.]+)", "Instagram"),
    (r"FBAV/([\d.]+)", "Facebook"),
    (r"HeadlessChrome(?:/([\d.]+))?", "Chrome Headless"),
    (r"; wv\).+?Chrome/([\d.]+)", "Chrome WebView"),
    (r"Chromium/([\d.]+)", "Chromium"),
    (r"(?:Chrome|CriOS)/([\d.]+)", "Chrome"),
    (r"(?:Firefox|FxiOS)/([\d.]+)", "Firefox"),
    (r"MSIE ([\d.]+)", "IE"),
    (r"Trident/.+?rv:([\d.]+)", "IE"),
    (r"Android.+?Version/([\d.]+).+?Safari", "Android Browser"),
    (r"Version/([\d.]+) Mobile(?:/\w+)? .*?Safari", "Mobile Safari"),
    (r"Version/([\d.]+).*?Safari", "Safari"),
    (r"Safari/", "Safari"),
    (r"AppleWebKit/([\d.]+)", "WebKit"),
)

_ENGINES: _Rules = (
    (r" Edge/([\d.]+)", "EdgeHTML"),
    (r"Chrom(?:e|ium)/([\d.]+)", "Blink"),
    (r"AppleWebKit/([\d.]+)", "WebKit"),
    (r"Trident/([\d.]+)", "Trident"),
    (r"Presto/([\d.]+)", "Presto"),
    (r"rv:([\d.]+)\).*?Gecko/", "Gecko"),
)

_SYSTEMS: _Rules = (
    (r"Xbox(?:; Xbox)?(?: (One|Series [XS]))?", "Xbox"),
    (r"PlayStation (\w+)", "PlayStation"),
    (r"Nintendo (\w+)", "Nintendo"),
    (r"CrKey/([\d.]+)", "Chromecast"),
    (r"Tizen[/ ]([\d.]+)", "Tizen"),
    (r"(?i:web[o0]s)(?:/([\d.]+))?", "webOS"),
    (r"KAIOS/([\d.]+)", "KaiOS"),
    (r"HarmonyOS(?:[/ ]([\d.]+))?", "HarmonyOS"),
    (r"Windows Phone(?: OS)?(?: ([\d.]+))?", "Windows Phone"),
    (r"Windows(?: NT ([\d.]+))?", "Windows"),
    (r"(?:iPhone|iPad|iPod).*? OS ([\d_]+)", "iOS"),
    (r"Mac OS X(?: ([\d_.]+))?", "Mac OS"),
    (r"Android(?:[ /-]([\d.]+))?", "Android"),
    (r"CrOS \w+ ([\d.]+)", "Chromium OS"),
    (r"Ubuntu(?:[/ ]([\d.]+))?", "Ubuntu"),
    (r"Fedora(?:[/ ]([\d.]+))?", "Fedora"),
    (r"Debian(?:[/ ]([\d.]+))?", "Debian"),
    (r"FreeBSD", "FreeBSD"),
    (r"OpenBSD", "OpenBSD"),
    (r"Linux", "Linux"),
)

_WINDOWS = {"10.0": "10", "6.3": "8.1", "6.2": "8", "6.1": "7", "6.0": "Vista", "5.2": "XP", "5.1": "XP", "5.0": "2000"}

_PROCESSORS: _Rules = (
    (r"\b(?:x86_64|amd64|win64|wow64|x64)\b", "amd64"),
    (r"\b(?:aarch64|arm64|armv8)", "arm64"),
    (r"\barm(?:v\d|hf|\b)", "arm"),
    (r"\b(?:i[3-6]86|x86)\b", "ia32"),
)

# Devices that say what they are. "\1" stands for the pattern's group.
_DEVICES: Sequence[tuple[str, Device]] = (
    (r"(PlayStation \w+)", Device(r"\1", "console", "Sony")),
    (r"Xbox", Device("Xbox", "console", "Microsoft")),
    (r"Nintendo (\w+)", Device(r"\1", "console", "Nintendo")),
    (r"CrKey/", Device("Chromecast", "smarttv", "Google")),
    (r"Apple ?TV", Device("Apple TV", "smarttv", "Apple")),
    (r"\bRoku", Device(None, "smarttv", "Roku")),
    (r"\b(AFT\w+)", Device(r"\1", "smarttv", "Amazon")),
    (r"(BRAVIA[^;)]*?)(?: Build|[;)])", Device(r"\1", "smarttv", "Sony")),
    (r"(?i:web[o0]s|netcast)\b.*?TV", Device(None, "smarttv", "LG")),
    (r"(?i:smart-tv).*?Tizen|Tizen.*?\bTV\b", Device(None, "smarttv", "Samsung")),
    (r"(?i:smart-?tv|hbbtv|\btv\b)", Device(None, "smarttv", None)),
    (r"\b(Quest(?: \d| Pro)?)\b.*?OculusBrowser", Device(r"\1", "wearable", "Facebook")),
    (r"Watch(?: OS|\d,\d)", Device("Apple Watch", "wearable", "Apple")),
    (r"\b(SM-R\w+)", Device(r"\1", "wearable", "Samsung")),
    (r"iPad", Device("iPad", "tablet", "Apple")),
    (r"(iPhone|iPod)", Device(r"\1", "mobile", "Apple")),
    (r"Macintosh", Device("Macintosh", None, "Apple")),
)

# "Android 13; SM-S911B Build/…)", with a locale in older ones. A model may have brackets: "moto g(30)".
_ANDROID_MODEL = r"Android [\d.]+;(?: [a-z]{2}-[A-Za-z]{2};)? ((?:[^;()]|\([^)]*\))+?)(?: Build[/ ][^;)]*)?[;)]"
# What stands in a model's place when a browser keeps it to itself.
_NO_MODEL = frozenset({"K", "Mobile", "Tablet", "TV", "U", "wv"})
_VENDOR_BEFORE_MODEL = (
    r"^(?:SAMSUNG|HUAWEI|HONOR|ONEPLUS|HTC|ASUS|LG|LENOVO|Xiaomi|OPPO|vivo|Nokia|ZTE|TECNO|Infinix)[ _-]+"
)
_VENDORS: _Rules = (
    (r"^(?:SAMSUNG|SM-|GT-|SCH-|SGH-|Galaxy)", "Samsung"),
    (r"^(?:Pixel|Nexus)", "Google"),
    (r"^(?:Redmi|Mi |MI |POCO|Xiaomi|M2\d{3}|2\d{5,}\w+)", "Xiaomi"),
    (r"^(?:HUAWEI|[A-Z]{3}-(?:A?L|N)\w{2,3}\b)", "Huawei"),
    (r"^HONOR", "Honor"),
    (r"^(?:ONEPLUS|(?:LE|GM|IN|KB|HD|NE|CP)\d{4}$)", "OnePlus"),
    (r"^(?:OPPO|CPH\d|P[A-H][A-Z]M\d)", "OPPO"),
    (r"^(?:RMX\d|realme)", "Realme"),
    (r"^(?:vivo|V\d{4})", "Vivo"),
    (r"^(?:(?i:moto)|XT\d{4})", "Motorola"),
    (r"^(?:Xperia|SO-\d|SOV\d|XQ-|[C-H]\d{4}$)", "Sony"),
    (r"^LM?-", "LG"),
    (r"^(?:Nokia|TA-\d)", "Nokia"),
    (r"^KF[A-Z]+", "Amazon"),
    (r"^(?:ASUS|ZS\d)", "ASUS"),
    (r"^(?:Lenovo|LENOVO|TB-)", "Lenovo"),
    (r"^HTC", "HTC"),
    (r"^ZTE", "ZTE"),
    (r"^TECNO", "TECNO"),
    (r"^Infinix", "Infinix"),
)

# Names of bots that do not end in "bot", "crawler" or "spider". CUBOT makes telephones.
_BOTS = (
    r"(?i)(?<!cu)bot\b|crawler|spider|\bslurp\b|Mediapartners-Google|AdsBot|googleweblight|Storebot|Google-PageRenderer"
    r"|Google-InspectionTool|GoogleOther|BingPreview|yandex\.com/bots|\bsogou\b|tumblr|vkShare|quora link preview"
    r"|facebookexternalhit|facebookcatalog|meta-external|WhatsApp/|SkypeUriPreview|ia_archiver|archive\.org_bot"
    r"|Chrome-Lighthouse|ChatGPT-User|Claude-User|Claude-Web|anthropic-ai|Perplexity-User|cohere-ai"
)

# Headers are longer only when someone plays tricks.
_MAX_LENGTH = 500


def parse_user_agent(ua: str | None) -> UserAgent:
    """What the header ``ua`` tells. None or an unknown one gives a result whose parts are None."""
    ua = ua or ""
    found = _parse(ua[:_MAX_LENGTH])
    return found if len(ua) <= _MAX_LENGTH else replace(found, ua=ua)


@lru_cache(maxsize=512)
def _parse(text: str) -> UserAgent:
    browser, version = _first(_BROWSERS, text)
    system, system_version = _first(_SYSTEMS, text)
    if system == "Windows":
        system_version = _WINDOWS.get(system_version or "", system_version)
    return UserAgent(
        ua=text,
        is_bot=re.search(_BOTS, text) is not None,
        browser=Browser(browser, version, version.partition(".")[0] if version else None),
        device=_device(text, system),
        engine=Engine(*_first(_ENGINES, text)),
        os=OperatingSystem(system, system_version.replace("_", ".") if system_version else None),
        cpu=Cpu(_first(_PROCESSORS, text.lower())[0]),
    )


def _first(rules: _Rules, text: str) -> tuple[str | None, str | None]:
    for pattern, name in rules:
        if found := re.search(pattern, text):
            return name, found[1] if found.re.groups else None
    return None, None


def _device(text: str, system: str | None) -> Device:
    for pattern, device in _DEVICES:
        if found := re.search(pattern, text):
            model = found.expand(device.model) if device.model else None
            return Device(model, device.type, device.vendor)
    if system == "Android":
        # Android's browsers leave "Mobile" out on tablets.
        kind: DeviceType = "mobile" if "Mobile" in text else "tablet"
        found = re.search(_ANDROID_MODEL, text)
        if found is None or found[1] in _NO_MODEL:
            return Device(None, kind)
        return Device(re.sub(_VENDOR_BEFORE_MODEL, "", found[1]), kind, _first(_VENDORS, found[1])[0])
    if re.search(r"\bMobi", text):
        return Device(None, "mobile")
    return Device(None, "tablet") if "Tablet" in text else Device()
