"""How much one image may ask for; beyond it `ImageError` is raised, and nothing is drawn."""

from __future__ import annotations

from typing import Final

#: Pixels of the image to draw: width times height.
MAX_PIXELS: Final = 4096 * 4096
#: Elements and texts of the markup.
MAX_NODES: Final = 10_000
#: Elements within one another. The engine goes down the tree on a thread's stack.
MAX_DEPTH: Final = 100
#: Characters of all texts together.
MAX_TEXT: Final = 100_000
#: Bytes of one picture, wherever it comes from.
MAX_PICTURE_BYTES: Final = 10 * 1024 * 1024
#: Pixels of one picture.
MAX_PICTURE_PIXELS: Final = 40_000_000
#: Elements of one SVG.
MAX_SVG_ELEMENTS: Final = 10_000
#: Bytes of one SVG that is a picture.
MAX_SVG_BYTES: Final = 2 * 1024 * 1024
#: How often an SVG may have all of the image drawn anew for an opacity; a filter or a mask counts for ten.
MAX_SVG_LAYERS: Final = 1_000
#: Bytes of one font.
MAX_FONT_BYTES: Final = 64 * 1024 * 1024
#: Pictures that are loaded from other servers.
MAX_REMOTE: Final = 20
#: Seconds that loading all of them may take.
REMOTE_TIMEOUT: Final = 10.0
#: Redirects that one of them may make.
MAX_REDIRECTS: Final = 3
