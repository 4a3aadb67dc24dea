from lib.echo import echo

GET = echo("/px/[[...rest]]")
POST = GET
