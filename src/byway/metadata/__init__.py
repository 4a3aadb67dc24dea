"""The objects that pages, layouts and metadata files give, for an author's annotations. ::

    from byway.metadata import Metadata, Sitemap

    metadata: Metadata = {"title": "Acme"}

    def sitemap() -> Sitemap:
        return [{"url": "https://acme.com", "priority": 1}]

The way through this room, in reading order:

- ``files`` finds the metadata files of an app by the table of ``conventions``, and says where each is served.
- ``images`` reads type and size of an image; ``static`` checks a static file with it.
- ``robots``, ``sitemap``, ``manifest`` hold an object's types and write it; ``variants`` what a file lists of itself.
- ``shapes`` turns the types into checks.
- ``head`` has the tags of a page's head as data, and the images that they lead to; ``page`` is about all of a head.

All are functions of their arguments.
"""

from __future__ import annotations

from byway.metadata.head import HeadTag
from byway.metadata.manifest import Manifest
from byway.metadata.page.fields import Metadata
from byway.metadata.page.viewport import Viewport
from byway.metadata.robots import Robots
from byway.metadata.sitemap import Sitemap, SitemapEntry

__all__ = ["HeadTag", "Manifest", "Metadata", "Robots", "Sitemap", "SitemapEntry", "Viewport"]
