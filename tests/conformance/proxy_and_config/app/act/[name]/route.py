from lib.echo import echo

GET = echo("/act/[name]")
POST = GET
