"""What pages and layouts say about themselves in a head: ``metadata`` and ``viewport``.

The way through this room, in reading order:

- ``links`` makes URLs absolute; ``field`` says what a key is, and has the words for tags.
- ``title``, ``basic``, ``robots``, ``alternates``, ``apple``, ``open_graph``, ``twitter``, ``icons`` hold the types of
  their keys, what becomes of a value, and its tags.
- ``fields`` puts the keys together: `Metadata`, its check, the order of a head.
- ``merge`` goes down from the root layout to the page.
- ``viewport`` is all of that for the viewport.

All are functions of their arguments.
"""

from __future__ import annotations
