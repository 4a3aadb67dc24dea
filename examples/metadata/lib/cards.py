"""Pictures that several metadata files draw. It needs the extra: pip install "byway[og]"."""

from htpy import Element, div
from lib.shop import INK, NAME, PAPER, YELLOW
from markupsafe import Markup

from byway.og import ImageResponse

SHARE_SIZE = {"width": 1200, "height": 630}
PENCIL = Markup(
    '<svg width="{0}" height="{0}" viewBox="0 0 32 32"><g transform="rotate(45 16 16)">'
    '<path d="M12 5a4 3 0 0 1 8 0z" fill="#f472b6"/><path d="M12 5h8v3h-8z" fill="#94a3b8"/>'
    '<path d="M12 8h8v13h-8z" fill="#f59e0b"/><path d="M15 8h2v13h-2z" fill="#fbbf24"/>'
    '<path d="M12 21h8l-4 8z" fill="#fde68a"/><path d="M14.5 26h3L16 29z" fill="#1f2937"/></g></svg>'
)


def card(title: str, line: str, colour: str = YELLOW) -> ImageResponse:
    """A picture for links that are shared: ``title`` and ``line`` beside a pencil on ``colour``."""
    return ImageResponse(
        div(style=f"display: flex; width: 100%; height: 100%; background: {PAPER}; color: {INK}")[
            div(style="display: flex; flex-direction: column; justify-content: center; flex: 1; padding: 80px")[
                div(style="display: flex; font-size: 40px; color: #6b7280")[NAME],
                div(style="display: flex; font-size: 96px; margin: 12px 0 20px; line-height: 1.1")[title],
                div(style="display: flex; font-size: 44px; line-clamp: 2")[line],
            ],
            div(
                style=f"display: flex; width: 380px; align-items: center; justify-content: center; background: {colour}"
            )[badge(260, 130)],
        ],
        width=SHARE_SIZE["width"],
        height=SHARE_SIZE["height"],
    )


def app_icon(pixels: int) -> ImageResponse:
    """The shop's icon as a square of so many pixels, filled to its edges as phones want it."""
    return ImageResponse(badge(pixels, 0), width=pixels, height=pixels)


def badge(pixels: int, radius: int) -> Element:
    box = f"width: {pixels}px; height: {pixels}px; border-radius: {radius}px; background: {PAPER}"
    return div(style=f"display: flex; align-items: center; justify-content: center; {box}")[
        PENCIL.format(round(pixels * 0.8))
    ]
