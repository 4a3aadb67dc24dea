"""Folder names become a route tree, the tree becomes a matcher.

The way through this room, in reading order:

- ``scan`` lists an app's files; it is the one reader of the disk.
- ``segments`` reads one folder name.
- ``reading`` reads one file's path: its ``route``, and the faults of its folders.
- ``conflicts`` holds the rules that routes must keep among themselves.
- ``tree`` turns the list of files into sorted routes, and collects every problem.
- ``matcher`` finds the route of a request's path.

All but ``scan`` are functions of their arguments. Import from these modules directly.
"""
