"""A non-UI response: the folder's name is the file's name."""

from byway.server import Response

FEED = """<?xml version="1.0" encoding="UTF-8" ?>
<rss version="2.0">

<channel>
  <title>Byway Documentation</title>
  <link>https://example.com/docs</link>
  <description>The App Router for Python</description>
</channel>

</rss>"""


async def GET() -> Response:
    return Response(FEED, headers={"Content-Type": "text/xml"})
