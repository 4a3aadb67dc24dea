"""A page that takes its time for each request. loading.py is shown meanwhile."""

from htpy import Renderable, fragment, h1, p
from lib.numbers import longest_river

from byway.server import connection

metadata = {"title": "Slow"}


async def page() -> Renderable:
    await connection()  # Without a request there is nothing to wait for: the build would make this page.
    return fragment[h1["Here it is"], p[await longest_river()]]
