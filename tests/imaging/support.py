"""Drawing in tests: HTML to pixels, the reference cards, and how alike two images are."""

from __future__ import annotations

import asyncio
import json
from dataclasses import dataclass
from io import BytesIO
from pathlib import Path
from typing import Any, Final

from PIL import Image, ImageMath

from byway.imaging.fonts import bundled
from byway.og import Font, ImageResponse

from .trees import to_html

HERE: Final = Path(__file__).parent
CARDS: Final = sorted(path.stem for path in (HERE / "cards").glob("*.json"))

# Large fonts that Byway has subsets of.
_BUNDLED: Final = {"NotoSansJP-Regular": "cjk-jp.woff2", "NotoSansHebrew-Regular": "hebrew.woff2"}


def png(html: Any, **options: Any) -> bytes:
    """The PNG of ``html``, whose options are those of `ImageResponse`."""
    return asyncio.run(ImageResponse(html, **options).bytes())


def drawn(html: Any, width: int = 100, height: int = 100, **options: Any) -> Image.Image:
    """``html`` as an image of RGBA pixels, opaque or not."""
    return Image.open(BytesIO(png(html, width=width, height=height, **options))).convert("RGBA")


def colors(image: Image.Image) -> set[Any]:
    """The colours that occur in ``image``."""
    return {color for _, color in image.getcolors(image.width * image.height) or []}


def ink(image: Image.Image) -> tuple[int, int, int, int] | None:
    """Left, top, right and bottom of what is not transparent; None when everything is."""
    return image.getchannel("A").getbbox()


@dataclass(frozen=True)
class Card:
    """A reference card: its markup, its options, and what the original drew."""

    html: str
    options: dict[str, Any]
    original: Image.Image


def card(name: str) -> Card:
    tree = json.loads((HERE / "cards" / f"{name}.json").read_text("utf-8"))
    options = tree["options"]
    options["fonts"] = [_font(font) for font in options.get("fonts", ())]
    return Card(to_html(tree["element"]), options, Image.open(HERE / "cards" / f"{name}.webp").convert("RGBA"))


def _font(font: dict[str, Any]) -> Font:
    stem = font["file"].partition(".")[0]
    if stem in _BUNDLED:
        data = bundled(_BUNDLED[stem], font["name"]).data
    elif stem == "Geist-Regular":
        data = bundled("geist.woff2", font["name"]).data
    else:
        data = next((HERE / "fonts").glob(f"{stem}.*")).read_bytes()
    return Font(font["name"], data, font["weight"], font["style"])


def likeness(one: Image.Image, two: Image.Image) -> float:
    """The structural similarity (SSIM) of two images: the mean over blocks of 8 by 8 pixels of luma, on white."""
    assert one.size == two.size
    x, y = _luma(one), _luma(two)

    def mean(image: Image.Image) -> Image.Image:
        return image.reduce(8)

    terms = {"a": mean(x), "b": mean(y)}
    for name, first, second in (("aa", x, x), ("bb", y, y), ("ab", x, y)):
        terms[name] = mean(ImageMath.lambda_eval(lambda of: of["p"] * of["q"], p=first, q=second))
    c, d = (0.01 * 255) ** 2, (0.03 * 255) ** 2

    def similarity(of: Any) -> Any:
        a, b = of["a"], of["b"]
        variance = of["aa"] - a * a + of["bb"] - b * b
        return (2 * a * b + c) * (2 * (of["ab"] - a * b) + d) / ((a * a + b * b + c) * (variance + d))

    values = ImageMath.lambda_eval(similarity, **terms).tobytes("raw", "F")
    floats = memoryview(values).cast("f")
    return sum(floats) / len(floats)


def _luma(image: Image.Image) -> Image.Image:
    page = Image.new("RGBA", image.size, "white")
    page.alpha_composite(image)
    width, height = image.size
    return page.convert("L").convert("F").crop((0, 0, width // 8 * 8, height // 8 * 8))
