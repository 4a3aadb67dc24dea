from __future__ import annotations

import json
import math
from typing import Any, get_args, get_type_hints, is_typeddict

import pytest

from byway.metadata import manifest as module
from byway.metadata.manifest import Manifest, serialise_manifest
from byway.metadata.shapes import MetadataError, required_keys


def cyclic() -> dict[str, object]:
    value: dict[str, object] = {}
    value["self"] = [value]
    return value


def test_the_manifest_of_the_documents() -> None:
    manifest: Manifest = {
        "name": "Next.js App",
        "short_name": "Next.js App",
        "description": "Next.js App",
        "start_url": "/",
        "display": "standalone",
        "background_color": "#fff",
        "theme_color": "#fff",
        "icons": [{"src": "/favicon.ico", "sizes": "any", "type": "image/x-icon"}],
    }
    assert serialise_manifest(manifest) == (
        b'{"name":"Next.js App","short_name":"Next.js App","description":"Next.js App","start_url":"/",'
        b'"display":"standalone","background_color":"#fff","theme_color":"#fff",'
        b'"icons":[{"src":"/favicon.ico","sizes":"any","type":"image/x-icon"}]}'
    )


def test_every_member_goes_out_under_its_name() -> None:
    icon = {"src": "/i.png", "sizes": "96x96", "type": "image/png", "purpose": "any maskable", "label": "I"}
    texts = {"de": "Laden", "fr": {"value": "Shop", "lang": "en", "dir": "ltr"}}
    manifest: dict[str, Any] = {
        "background_color": "#fff",
        "categories": ["books"],
        "color_scheme_dark": {"theme_color": "#fff", "background_color": "#000"},
        "description": "d",
        "description_localized": texts,
        "dir": "ltr",
        "display": "minimal-ui",
        "display_override": ["window-controls-overlay", "tabbed"],
        "edge_side_panel": {"preferred_width": 400},
        "file_handlers": [{"action": "/open", "accept": {"text/csv": [".csv"]}, "icons": [icon]}],
        "handle_links": "preferred",
        "iarc_rating_id": "e84b072d",
        "icons": [icon],
        "icons_localized": {"fr": [icon]},
        "id": "/",
        "lang": "en",
        "launch_handler": {"client_mode": ["navigate-new", "auto"]},
        "name": "n",
        "name_localized": texts,
        "note_taking": {"new_note_url": "/new"},
        "orientation": "portrait-primary",
        "permissions_policy": {"camera": ["self"]},
        "prefer_related_applications": False,
        "protocol_handlers": [{"protocol": "web+tea", "url": "/tea?q=%s"}],
        "related_applications": [{"platform": "play", "url": "https://play", "id": "com.acme", "min_version": "2"}],
        "scope": "/",
        "scope_extensions": [{"type": "origin", "origin": "https://acme.co.uk"}],
        "screenshots": [{"src": "/s.png", "form_factor": "wide", "label": "s", "platform": "ios"}],
        "serviceworker": {"src": "/sw.js", "scope": "/", "type": "module", "update_via_cache": "none"},
        "share_target": {
            "action": "/share",
            "method": "POST",
            "enctype": "multipart/form-data",
            "params": {"title": "t", "files": [{"name": "f", "accept": ["image/*"]}]},
        },
        "short_name": "s",
        "short_name_localized": texts,
        "shortcuts": [
            {
                "name": "Cart",
                "name_localized": texts,
                "url": "/cart",
                "short_name": "C",
                "short_name_localized": texts,
                "description": "d",
                "description_localized": texts,
                "icons": [icon],
                "icons_localized": {"fr": [icon]},
            }
        ],
        "start_url": "/",
        "tab_strip": {"home_tab": {}},
        "theme_color": "#000",
        "user_preferences": {"color_scheme": {"dark": {"theme_color": "#000"}}},
        "widgets": [{"name": "w"}],
    }
    assert {*manifest, "other"} == set(Manifest.__annotations__)
    assert json.loads(serialise_manifest(manifest)) == manifest  # type: ignore[arg-type]


def test_every_key_that_is_not_required_may_be_none_for_type_checkers_too() -> None:
    dicts = [one for one in vars(module).values() if is_typeddict(one)]
    assert Manifest in dicts
    for one in dicts:
        hints = get_type_hints(one, include_extras=True)
        assert {key for key, hint in hints.items() if type(None) not in get_args(hint)} == required_keys(one)


def test_it_is_compact_utf_8_in_the_order_of_its_keys() -> None:
    manifest: Manifest = {"short_name": "Café", "name": "Shop & Co"}
    assert serialise_manifest(manifest).decode() == '{"short_name":"Café","name":"Shop & Co"}'


def test_further_members_go_out_beside_the_known_ones() -> None:
    manifest: Manifest = {"name": "n", "icons": None, "other": {"new": {"a": [1]}, "icons": [{"new": 1}], "other": 2}}
    assert serialise_manifest(manifest) == b'{"name":"n","new":{"a":[1]},"icons":[{"new":1}],"other":2}'


def test_a_lone_surrogate_becomes_the_replacement_character() -> None:
    manifest: Manifest = {"name": "a\ud800", "tab_strip": {"\udfff": ["\ud800"]}}
    assert json.loads(serialise_manifest(manifest)) == {"name": "a\ufffd", "tab_strip": {"\ufffd": ["\ufffd"]}}


def test_none_is_left_out_at_any_depth() -> None:
    manifest: Manifest = {"name": None, "other": None, "icons": [{"src": "/i.png", "sizes": None}]}
    assert serialise_manifest(manifest) == b'{"icons":[{"src":"/i.png"}]}'


@pytest.mark.parametrize(
    ("manifest", "message"),
    [
        ({"startUrl": "/"}, "The returned object has the unknown key 'startUrl'. Did you mean 'start_url'?"),
        ({"theme-color": "/"}, "The returned object has the unknown key 'theme-color'. Did you mean 'theme_color'?"),
        (
            {"display": "standalne"},
            "display is 'standalne'. Did you mean \"standalone\"? "
            'Write "fullscreen", "standalone", "minimal-ui" or "browser".',
        ),
        ({"icons": [{"type": "image/png"}]}, "icons[0] has no 'src'. Write 'src': a str."),
        ({"icons": [{"src": 5}]}, "icons[0].src is 5. Write a str."),
        (
            {"shortcuts": [{"name": "a", "url": "b", "icon": []}]},
            "shortcuts[0] has the unknown key 'icon'. Did you mean 'icons'?",
        ),
        ({"prefer_related_applications": 1}, "prefer_related_applications is 1. Write True or False."),
        (
            {"protocol_handlers": [{"protocol": "p", "url": "u"}, []]},
            "protocol_handlers[1] is []. Write a dict with the keys 'protocol', 'url'.",
        ),
        (
            {"name_localized": {"de": 1}},
            "name_localized.de is 1. Write a str or a dict with the keys 'value', 'dir', 'lang'.",
        ),
        ({"other": {"name": "a"}, "name": "b"}, "other.name is a member already. Keep one of them."),
        (
            {"tab_strip": {"a": [1.5, math.nan]}},
            "tab_strip.a[1] is nan. Write a finite number: JSON has no others.",
        ),
        ({"other": {"x": -math.inf}}, "other.x is -inf. Write a finite number: JSON has no others."),
        ({"widgets": [{"a": b"b"}]}, "widgets[0].a is bytes. Write a str: JSON has no bytes."),
        ({"tab_strip": {b"a": 1}}, "tab_strip[b'a'] is b'a'. Write a str."),
        (
            {"tab_strip": cyclic()},
            "The returned object is nested too deeply, or holds itself. Return dicts and lists that come to an end.",
        ),
        (
            {"widgets": [{"a": len}]},
            "The returned object holds what JSON has no form for. builtin_function_or_method cannot be written as "
            "JSON. Give dicts, lists, str, numbers, bool, None, datetimes, UUIDs, dataclasses, msgspec structs or "
            "pydantic models.",
        ),
    ],
)
def test_a_fault_is_named_by_its_place_with_a_cure(manifest: Any, message: str) -> None:
    with pytest.raises(MetadataError) as caught:
        serialise_manifest(manifest)
    assert str(caught.value) == message
