from lib.echo import echo

GET = echo("/static/route")
POST = GET
