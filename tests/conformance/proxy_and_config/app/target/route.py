from lib.echo import echo

GET = echo("/target")
POST = GET
