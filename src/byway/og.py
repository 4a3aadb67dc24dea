"""Images drawn from markup: `ImageResponse` and what it takes. It needs the extra: ``pip install "byway[og]"``.

Implements ``next/og`` as the documents describe it.
"""

from __future__ import annotations

from byway.imaging.errors import ImageError
from byway.imaging.fonts import Font
from byway.imaging.response import ImageResponse
from byway.imaging.sources import data_uri

__all__ = ["Font", "ImageError", "ImageResponse", "data_uri"]
