"""The types of an app's routes: `RouteContext`, `PageProps`, `LayoutProps`.

Apps import them from ``byway.server``. Type checkers read this module instead of the classes there: an app's own
``byway_routes.pyi``, which ``byway typegen`` writes, or else the one beside this file, which takes any route.
"""

from byway.server import LayoutProps, PageProps, RouteContext

__all__ = ["LayoutProps", "PageProps", "RouteContext"]
