from lib.echo import echo

GET = echo("/docs/[...path]")
POST = GET
