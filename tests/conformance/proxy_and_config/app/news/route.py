from lib.echo import echo

GET = echo("/news")
POST = GET
