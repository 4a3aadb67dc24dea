"""The shop: its address, and what it sells. It stands for settings and a database."""

from dataclasses import dataclass
from datetime import date

ORIGIN = "https://paper.example"
NAME = "Pencil & Paper"
SLOGAN = "Everything for a first draft"
INK = "#1f2937"
PAPER = "#fdf6e3"
YELLOW = "#f59e0b"
ITEMS_PER_SITEMAP = 2  # 50,000 are allowed.


@dataclass(frozen=True)
class Item:
    slug: str
    title: str
    line: str
    colour: str
    changed: date


ITEMS = [
    Item("pencil", "Pencil", "HB, cedar, with an eraser.", YELLOW, date(2026, 1, 12)),
    Item("ink", "Ink", "Blue-black, 50 ml.", "#2563eb", date(2026, 2, 3)),
    Item("notebook", "Notebook", "Dotted, 128 pages.", "#0f766e", date(2026, 2, 20)),
]


def find_item(slug: str) -> Item | None:
    return next((item for item in ITEMS if item.slug == slug), None)


def sitemap_ids() -> range:
    """The numbers of the sitemaps that hold all items."""
    return range(-(-len(ITEMS) // ITEMS_PER_SITEMAP))
