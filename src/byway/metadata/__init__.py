"""The objects that metadata files return, for an author's annotations. ::

    from byway.metadata import Sitemap

    def sitemap() -> Sitemap:
        return [{"url": "https://acme.com", "priority": 1}]

The way through this room, in reading order:

- ``files`` finds the metadata files of an app by the table of ``conventions``, and says where each is served.
- ``images`` reads type and size of an image; ``static`` checks a static file with it.
- ``robots``, ``sitemap``, ``manifest`` hold an object's types and write it; ``variants`` what a file lists of itself.
- ``shapes`` turns the types into checks.
- ``head`` says which tags of a page's head lead to the files.

All are functions of their arguments.
"""

from __future__ import annotations

from byway.metadata.head import HeadTag
from byway.metadata.manifest import Manifest
from byway.metadata.robots import Robots
from byway.metadata.sitemap import Sitemap, SitemapEntry

__all__ = ["HeadTag", "Manifest", "Robots", "Sitemap", "SitemapEntry"]
