from __future__ import annotations

import dataclasses
import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from byway.http.user_agent import UserAgent, parse_user_agent

KHTML = "AppleWebKit/537.36 (KHTML, like Gecko)"
WEBKIT = "AppleWebKit/605.1.15 (KHTML, like Gecko)"


def summary(ua: UserAgent) -> tuple[str, ...]:
    """Browser, device (type, vendor, model), engine, system, processor; "-" where nothing is known."""
    groups = (
        (ua.browser.name, ua.browser.version),
        (ua.device.type, ua.device.vendor, ua.device.model),
        (ua.engine.name, ua.engine.version),
        (ua.os.name, ua.os.version),
        (ua.cpu.architecture,),
    )
    return tuple(" ".join(filter(None, group)) or "-" for group in groups)


@pytest.mark.parametrize(
    ("ua", "browser", "device", "engine", "system", "cpu"),
    [
        pytest.param(
            "Mozilla/5.0 (iPhone; CPU iPhone OS 17_4_1 like Mac OS X) "
            f"{WEBKIT} Version/17.4.1 Mobile/15E148 Safari/604.1",
            *("Mobile Safari 17.4.1", "mobile Apple iPhone", "WebKit 605.1.15", "iOS 17.4.1", "-"),
            id="iphone-safari",
        ),
        pytest.param(
            "Mozilla/5.0 (iPhone; CPU iPhone OS 17_4 like Mac OS X) "
            f"{WEBKIT} CriOS/123.0.6312.52 Mobile/15E148 Safari/604.1",
            *("Chrome 123.0.6312.52", "mobile Apple iPhone", "WebKit 605.1.15", "iOS 17.4", "-"),
            id="iphone-chrome",
        ),
        pytest.param(
            f"Mozilla/5.0 (iPad; CPU OS 16_6 like Mac OS X) {WEBKIT} Version/16.6 Mobile/15E148 Safari/604.1",
            *("Mobile Safari 16.6", "tablet Apple iPad", "WebKit 605.1.15", "iOS 16.6", "-"),
            id="ipad",
        ),
        pytest.param(
            f"Mozilla/5.0 (Linux; Android 10; K) {KHTML} Chrome/124.0.0.0 Mobile Safari/537.36",
            *("Chrome 124.0.0.0", "mobile", "Blink 124.0.0.0", "Android 10", "-"),
            id="android-chrome-reduced",
        ),
        pytest.param(
            f"Mozilla/5.0 (Linux; Android 14; Pixel 8 Pro) {KHTML} Chrome/123.0.6312.99 Mobile Safari/537.36",
            *("Chrome 123.0.6312.99", "mobile Google Pixel 8 Pro", "Blink 123.0.6312.99", "Android 14", "-"),
            id="android-chrome",
        ),
        pytest.param(
            f"Mozilla/5.0 (Linux; Android 13; SAMSUNG SM-S918B) {KHTML} SamsungBrowser/21.0 Chrome/110.0.5481.154 "
            "Mobile Safari/537.36",
            *("Samsung Browser 21.0", "mobile Samsung SM-S918B", "Blink 110.0.5481.154", "Android 13", "-"),
            id="samsung-internet",
        ),
        pytest.param(
            f"Mozilla/5.0 (Linux; Android 11; moto g(30)) {KHTML} Chrome/112.0.0.0 Mobile Safari/537.36",
            *("Chrome 112.0.0.0", "mobile Motorola moto g(30)", "Blink 112.0.0.0", "Android 11", "-"),
            id="model-with-brackets",
        ),
        pytest.param(
            "Mozilla/5.0 (Linux; U; Android 13; en-us; Redmi Note 12 Build/TKQ1.221114.001) "
            f"{KHTML} Version/4.0 Chrome/112.0.5615.136 Mobile Safari/537.36 XiaoMi/MiuiBrowser/14.4.0-g",
            *("MIUI Browser 14.4.0", "mobile Xiaomi Redmi Note 12", "Blink 112.0.5615.136", "Android 13", "-"),
            id="android-locale-and-build",
        ),
        pytest.param(
            f"Mozilla/5.0 (Linux; Android 12; SM-X906C) {KHTML} Chrome/120.0.0.0 Safari/537.36",
            *("Chrome 120.0.0.0", "tablet Samsung SM-X906C", "Blink 120.0.0.0", "Android 12", "-"),
            id="android-tablet",
        ),
        pytest.param(
            "Mozilla/5.0 (Android 13; Mobile; rv:124.0) Gecko/124.0 Firefox/124.0",
            *("Firefox 124.0", "mobile", "Gecko 124.0", "Android 13", "-"),
            id="android-firefox",
        ),
        pytest.param(
            f"Mozilla/5.0 (Windows NT 10.0; Win64; x64) {KHTML} Chrome/123.0.0.0 Safari/537.36 Edg/123.0.2420.81",
            *("Edge 123.0.2420.81", "-", "Blink 123.0.0.0", "Windows 10", "amd64"),
            id="windows-edge",
        ),
        pytest.param(
            "Mozilla/5.0 (Windows NT 6.1; WOW64; Trident/7.0; rv:11.0) like Gecko",
            *("IE 11.0", "-", "Trident 7.0", "Windows 7", "amd64"),
            id="windows-ie",
        ),
        pytest.param(
            f"Mozilla/5.0 (Windows NT 10.0; ARM64) {KHTML} Chrome/124.0.0.0 Safari/537.36 OPR/108.0.0.0",
            *("Opera 108.0.0.0", "-", "Blink 124.0.0.0", "Windows 10", "arm64"),
            id="windows-arm-opera",
        ),
        pytest.param(
            "Mozilla/5.0 (X11; Linux x86_64; rv:124.0) Gecko/20100101 Firefox/124.0",
            *("Firefox 124.0", "-", "Gecko 124.0", "Linux", "amd64"),
            id="linux-firefox",
        ),
        pytest.param(
            "Mozilla/5.0 (X11; Ubuntu; Linux i686; rv:109.0) Gecko/20100101 Firefox/115.0",
            *("Firefox 115.0", "-", "Gecko 109.0", "Ubuntu", "ia32"),
            id="ubuntu-firefox",
        ),
        pytest.param(
            f"Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) {WEBKIT} Version/17.4.1 Safari/605.1.15",
            *("Safari 17.4.1", "Apple Macintosh", "WebKit 605.1.15", "Mac OS 10.15.7", "-"),
            id="mac-safari",
        ),
        pytest.param(
            f"Mozilla/5.0 (SMART-TV; Linux; Tizen 5.0) {KHTML} SamsungBrowser/2.2 Chrome/63.0.3239.84 TV Safari/537.36",
            *("Samsung Browser 2.2", "smarttv Samsung", "Blink 63.0.3239.84", "Tizen 5.0", "-"),
            id="smart-tv",
        ),
        pytest.param(
            f"Mozilla/5.0 (PlayStation; PlayStation 5/6.50) {WEBKIT} Version/13.0 Safari/605.1.15",
            *("Safari 13.0", "console Sony PlayStation 5", "WebKit 605.1.15", "PlayStation 5", "-"),
            id="playstation",
        ),
        pytest.param(
            f"Mozilla/5.0 (Linux; Android 10; Quest 2) {KHTML} OculusBrowser/32.0.0.9 "
            "Chrome/122.0.6261.64 VR Safari/537.36",
            *("Oculus Browser 32.0.0.9", "wearable Facebook Quest 2", "Blink 122.0.6261.64", "Android 10", "-"),
            id="headset",
        ),
        pytest.param(
            "Mozilla/5.0 (Mobile; Nokia 8110 4G; rv:48.0) Gecko/48.0 Firefox/48.0 KAIOS/2.5",
            *("Firefox 48.0", "mobile", "Gecko 48.0", "KaiOS 2.5", "-"),
            id="feature-phone",
        ),
        pytest.param("curl/8.5.0", *("-", "-", "-", "-", "-"), id="curl"),
    ],
)  # fmt: skip
def test_what_a_header_tells(ua: str, browser: str, device: str, engine: str, system: str, cpu: str) -> None:
    found = parse_user_agent(ua)
    assert summary(found) == (browser, device, engine, system, cpu)
    assert found.ua == ua
    assert not found.is_bot


def test_major_is_the_first_number_of_the_browsers_version() -> None:
    assert parse_user_agent("Chrome/124.0.0.0").browser.major == "124"


@pytest.mark.parametrize("ua", [None, ""])
def test_no_header_tells_nothing(ua: str | None) -> None:
    found = parse_user_agent(ua)
    assert summary(found) == ("-", "-", "-", "-", "-")
    assert (found.ua, found.is_bot) == ("", False)


@pytest.mark.parametrize(
    "ua",
    [
        "Mozilla/5.0 (compatible; Googlebot/2.1; +http://www.google.com/bot.html)",
        f"Mozilla/5.0 (Linux; Android 6.0.1; Nexus 5X Build/MMB29P) {KHTML} Chrome/124.0.0.0 Mobile Safari/537.36 "
        "(compatible; Googlebot/2.1; +http://www.google.com/bot.html)",
        "Mozilla/5.0 AppleWebKit/537.36 (KHTML, like Gecko; compatible; GPTBot/1.2; +https://openai.com/gptbot)",
        "Mozilla/5.0 (compatible; bingbot/2.0; +http://www.bing.com/bingbot.htm)",
        "Mozilla/5.0 (compatible; Baiduspider/2.0; +http://www.baidu.com/search/spider.html)",
        "facebookexternalhit/1.1 (+http://www.facebook.com/externalhit_uatext.php)",
        "WhatsApp/2.23.20.0",
        "Mediapartners-Google",
    ],
)
def test_bots_are_told_apart(ua: str) -> None:
    assert parse_user_agent(ua).is_bot


def test_a_telephone_of_cubot_is_no_bot() -> None:
    ua = f"Mozilla/5.0 (Linux; Android 11; CUBOT NOTE 20) {KHTML} Chrome/112.0.0.0 Mobile Safari/537.36"
    assert not parse_user_agent(ua).is_bot


def test_only_the_beginning_of_a_very_long_header_is_looked_at() -> None:
    ua = "curl/8.5.0 " + "x" * 10_000 + " Chrome/124.0.0.0"
    found = parse_user_agent(ua)
    assert found.ua == ua
    assert found.browser.name is None


def test_the_result_is_plain_data() -> None:
    assert json.loads(json.dumps(dataclasses.asdict(parse_user_agent("curl/8.5.0"))))["browser"] == {
        "name": None,
        "version": None,
        "major": None,
    }


@given(st.text(st.sampled_from("aK0.;()/ -") | st.characters()))
def test_reading_never_fails(text: str) -> None:
    for ua in (text, f"Mozilla/5.0 (Linux; Android 1; {text}) Mobile Chrome/{text}"):
        assert parse_user_agent(ua).ua == ua
