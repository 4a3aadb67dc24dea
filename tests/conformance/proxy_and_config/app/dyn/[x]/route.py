from lib.echo import echo

GET = echo("/dyn/[x]")
POST = GET
