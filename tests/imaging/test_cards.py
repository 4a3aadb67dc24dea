"""Cards look as `next/og` draws them, measured by structural similarity."""

from __future__ import annotations

from io import BytesIO
from typing import Final

import pytest
from PIL import Image

from .support import CARDS, card, likeness, png

# Somewhat below what is reached, as rasterisers differ by a little between platforms.
LEAST: Final = {
    "01-about": 0.96,
    "02-card": 0.99,
    "03-icon": 0.98,
    "04-i18n": 0.965,
    "06-backgrounds": 0.985,
    "08-transform": 0.95,
    "09-text": 0.97,
    "11-images": 0.985,
    "13-html": 0.975,
    "15-flex": 0.99,
    "16-shadows": 0.99,
    "17-overflow": 0.985,
    "18-quote": 0.985,
    "19-article": 0.985,
}
# Where the original is wrong: left, top, right, bottom.
WRONG: Final = {"04-i18n": (0, 360, 1200, 440), "08-transform": (870, 370, 1130, 510)}


@pytest.mark.parametrize("name", CARDS)
def test_card_looks_as_the_original_draws_it(name: str) -> None:
    reference = card(name)
    ours = Image.open(BytesIO(png(reference.html, **reference.options))).convert("RGBA")

    if name in WRONG:
        ours.paste(reference.original.crop(WRONG[name]), WRONG[name])

    assert likeness(ours, reference.original) >= LEAST[name]


def test_likeness_tells_other_images_apart() -> None:
    about = card("01-about").original

    assert likeness(about, about) == pytest.approx(1)
    assert likeness(about, card("13-html").original) < 0.9
