"""The icon in two sizes, for the manifest. A file with a number defines the function with that number."""

from lib.cards import app_icon

from byway.og import ImageResponse

SIZES = (192, 512)


def generate_image_metadata() -> list[dict[str, object]]:
    return [{"id": str(pixels), "size": {"width": pixels, "height": pixels}} for pixels in SIZES]


def icon1(id: str) -> ImageResponse:
    return app_icon(int(id))
