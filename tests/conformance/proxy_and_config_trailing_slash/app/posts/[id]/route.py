from lib.echo import echo

GET = echo("/posts/[id]")
POST = GET
