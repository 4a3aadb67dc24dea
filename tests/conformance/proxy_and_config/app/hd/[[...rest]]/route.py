from lib.echo import echo

GET = echo("/hd/[[...rest]]")
POST = GET
