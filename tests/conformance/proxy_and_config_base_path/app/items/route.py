from lib.echo import echo

GET = echo("/items")
POST = GET
