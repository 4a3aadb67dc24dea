"""The metadata of a page, from its root layout's down to its own.

Theory of operation. A page has a chain of segments: the app's folder, each folder down to the page's own, and the page
itself. Each may have a file's ``metadata`` and metadata files. `Merging` takes them in this order.

- A key replaces what the ancestors have set, as a whole: of ``open_graph`` nothing is left when a child sets it. Only
  ``other`` is merged key by key. None clears a key.
- The metadata files of a segment come after its own ``metadata``: a share image counts unless the same segment's
  ``open_graph`` or ``twitter`` has ``images``. Of icons the nearest segment counts that has any, when no ``icons`` are
  set in the end; the favicon is there always, and first.
- A title's template is for the segments below. The last folder and the page are one segment to an author, so that what
  the layout beside a page says is no template for that page.
- In the end ``open_graph`` and ``twitter`` take over what they do not say themselves.

Implements "Merging" and "Inheriting fields" of the Next.js documents.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Any, cast

from byway.http.url import URL
from byway.metadata.head import HeadImage
from byway.metadata.page.field import Context, Resolved, as_dict, as_list
from byway.metadata.page.fields import FIELDS, Metadata, unset
from byway.metadata.page.icons import icon_of
from byway.metadata.page.links import Links, base_of
from byway.metadata.page.open_graph import image_of
from byway.metadata.page.title import shown, template_of
from byway.metadata.page.twitter import Twitter, resolve_twitter


@dataclass(frozen=True, slots=True)
class SegmentFiles:
    """The metadata files of a folder, as far as heads lead to them; None where there are none."""

    favicon: HeadImage | None = None
    icon: Sequence[HeadImage] | None = None
    apple: Sequence[HeadImage] | None = None
    open_graph: Sequence[HeadImage] | None = None
    twitter: Sequence[HeadImage] | None = None
    manifest: str | None = None


NO_FILES = SegmentFiles()


class Merging:
    """Merges the metadata of a chain of ``length`` segments for the page that ``links`` belong to.

    ``on_missing_base`` is called when a share image would need a ``metadata_base``, and there is none.
    """

    def __init__(self, length: int, links: Links, on_missing_base: Callable[[], object] = lambda: None) -> None:
        self.resolved = unset()
        self._links = links
        self._on_missing_base = on_missing_base
        self._left = length
        self._templates: dict[str, str | None] = {}
        self._favicon: HeadImage | None = None
        self._icons: dict[str, Sequence[HeadImage]] = {}

    def add(self, metadata: Metadata | None, files: SegmentFiles = NO_FILES) -> None:
        """Merge the next segment: ``metadata``, which is sound, and its ``files``."""
        own: dict[str, Any] = {**(metadata or {})}
        # The object that was handed out as the parent's stays as it is.
        self.resolved = {**self.resolved}
        if "metadata_base" in own:
            self._rebase(own["metadata_base"])
        for name, value in own.items():
            if name == "other":
                self.resolved[name] = self._resolve(name, {**(self.resolved[name] or {}), **(value or {})})
            elif name != "metadata_base":
                self.resolved[name] = None if value is None else self._resolve(name, value)
        self._add_files(own, files)
        self._left -= 1
        if self._left >= 2:
            self._templates = {
                "title": template_of(self.resolved["title"]),
                "open_graph": _template_in(self.resolved["open_graph"]),
                "twitter": _template_in(self.resolved["twitter"]),
            }

    def finish(self) -> Resolved:
        """The metadata of the page, once all segments are added."""
        resolved = {**self.resolved}
        if resolved["open_graph"] is not None:
            resolved["twitter"] = self._shared(resolved)
        for name in ("open_graph", "twitter"):
            if resolved[name] is not None:
                resolved[name] = _inherited(resolved[name], resolved)
        if resolved["icons"] is None and any(self._icons.values()):
            resolved["icons"] = {
                kind: [icon_of(one) for one in self._icons.get(kind, ())] for kind in ("icon", "apple")
            }
        if self._favicon is not None:
            icons = resolved["icons"] or {"icon": [], "apple": []}
            resolved["icons"] = {**icons, "icon": [icon_of(self._favicon), *icons["icon"]]}
        return resolved

    def _rebase(self, base: str | URL | None) -> None:
        self.resolved["metadata_base"] = href = None if base is None else base_of(base)
        self._links = replace(self._links, base=href)

    def _resolve(self, name: str, value: Any) -> Any:
        if self._links.base is None and name in ("open_graph", "twitter"):
            self._look_at(value.get("images") or ())
        return FIELDS[name].resolve(value, Context(self._links, self._templates.get(name)))

    def _look_at(self, images: Any) -> None:
        urls = (as_dict(image)["url"] for image in as_list(images))
        if any(self._links.needs_base(url) for url in urls if url):
            self._on_missing_base()

    def _add_files(self, own: dict[str, Any], files: SegmentFiles) -> None:
        self._favicon = self._favicon or files.favicon
        for kind, icons in (("icon", files.icon), ("apple", files.apple)):
            if icons is not None:
                self._icons[kind] = icons
        for name, images in (("twitter", files.twitter), ("open_graph", files.open_graph)):
            if images is not None and "images" not in (own.get(name) or {}):
                shared: Resolved = {**(self.resolved[name] or {}), "images": [image_of(one) for one in images]}
                self.resolved[name] = self._resolve(name, shared)
        if files.manifest is not None:
            self.resolved["manifest"] = files.manifest

    def _shared(self, resolved: Resolved) -> Resolved:
        """The ``twitter`` of ``resolved``, with what ``open_graph`` has and it has not."""
        shared, twitter = resolved["open_graph"], resolved["twitter"]
        own: Resolved = twitter or {}
        filled: Resolved = {}
        if not shown(own.get("title")):
            filled["title"] = shared["title"] if shown(shared["title"]) else resolved["title"]
        if not own.get("description"):
            filled["description"] = shared.get("description") or resolved["description"]
        if own.get("images") is None and "images" in shared:
            filled["images"] = shared["images"]
        return {**twitter, **filled} if twitter else resolve_twitter(cast("Twitter", filled), Context(self._links))


def _template_in(value: Any) -> str | None:
    return None if value is None else template_of(value["title"])


def _inherited(value: Resolved, resolved: Resolved) -> Resolved:
    """``value``, with the page's title and description where it has none."""
    title = value["title"] if shown(value["title"]) else resolved["title"]
    return {**value, "title": title, "description": value.get("description") or resolved["description"]}
