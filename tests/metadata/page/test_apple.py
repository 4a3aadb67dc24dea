"""What home screens and native apps are told."""

from __future__ import annotations

from dataclasses import replace

import pytest

from byway.http.url import URL
from byway.metadata.page.apple import AppleWebAppValue

from .heads import PAGE, fault, head

ACME = replace(PAGE, base="https://nextjs.org/")


def test_itunes_and_apple_web_app() -> None:
    assert head(
        {
            "itunes": {"app_id": "myAppStoreID", "app_argument": "myAppArgument"},
            "apple_web_app": {
                "title": "Apple Web App",
                "status_bar_style": "black-translucent",
                "startup_image": [
                    "/assets/startup/apple-touch-startup-image-768x1004.png",
                    {
                        "url": "/assets/startup/apple-touch-startup-image-1536x2008.png",
                        "media": "(device-width: 768px) and (device-height: 1024px)",
                    },
                ],
            },
        },
        links=ACME,
    ) == [
        '<meta name="apple-itunes-app" content="app-id=myAppStoreID, app-argument=https://nextjs.org/myAppArgument">',
        '<meta name="mobile-web-app-capable" content="yes">',
        '<meta name="apple-mobile-web-app-title" content="Apple Web App">',
        '<link rel="apple-touch-startup-image" href="/assets/startup/apple-touch-startup-image-768x1004.png">',
        '<link rel="apple-touch-startup-image" href="/assets/startup/apple-touch-startup-image-1536x2008.png" '
        'media="(device-width: 768px) and (device-height: 1024px)">',
        '<meta name="apple-mobile-web-app-status-bar-style" content="black-translucent">',
    ]


@pytest.mark.parametrize(
    ("app", "expected"),
    [
        (True, ['<meta name="mobile-web-app-capable" content="yes">']),
        (False, []),
        (
            {},
            [
                '<meta name="mobile-web-app-capable" content="yes">',
                '<meta name="apple-mobile-web-app-status-bar-style" content="default">',
            ],
        ),
        ({"capable": False}, ['<meta name="apple-mobile-web-app-status-bar-style" content="default">']),
    ],
)
def test_a_web_app_is_capable_by_default(app: AppleWebAppValue, expected: list[str]) -> None:
    assert head({"apple_web_app": app}) == expected


def test_a_banner_needs_no_argument() -> None:
    assert head({"itunes": {"app_id": 12}}) == ['<meta name="apple-itunes-app" content="app-id=12">']
    assert head({"itunes": {"app_id": 12, "app_argument": ""}}) == [
        '<meta name="apple-itunes-app" content="app-id=12">'
    ]


def test_app_links() -> None:
    assert head(
        {
            "app_links": {
                "web": {"url": "https://nextjs.org/web", "should_fallback": True},
                "android": {"package": "com.example.android/package", "app_name": "app_name_android", "class": "x.Y"},
                "ios": [{"url": URL("https://nextjs.org/ios"), "app_store_id": "app_store_id"}, {"url": "b://"}],
                "windows_phone": {"url": "w://", "app_id": 5},
            }
        }
    ) == [
        '<meta property="al:ios:url" content="https://nextjs.org/ios">',
        '<meta property="al:ios:app_store_id" content="app_store_id">',
        '<meta property="al:ios:url" content="b://">',
        '<meta property="al:android:package" content="com.example.android/package">',
        '<meta property="al:android:class" content="x.Y">',
        '<meta property="al:android:app_name" content="app_name_android">',
        '<meta property="al:windows_phone:url" content="w://">',
        '<meta property="al:windows_phone:app_id" content="5">',
        '<meta property="al:web:url" content="https://nextjs.org/web">',
        '<meta property="al:web:should_fallback" content="true">',
    ]


def test_a_wrong_value_is_named_with_its_cure() -> None:
    assert fault({"itunes": {}}) == "itunes has no 'app_id'. Write 'app_id': a str or a whole number."
    assert fault({"apple_web_app": {"status_bar_style": "white"}}) == (
        'apple_web_app.status_bar_style is \'white\'. Write "default", "black" or "black-translucent".'
    )
    assert fault({"app_links": {"ios": {"url": "x", "appStoreId": "1"}}}) == (
        "app_links.ios has the unknown key 'appStoreId'. Did you mean 'app_store_id'?"
    )
