from lib.echo import echo

GET = echo("/items/[id]")
POST = GET
