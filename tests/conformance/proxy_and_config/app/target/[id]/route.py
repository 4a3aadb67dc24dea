from lib.echo import echo

GET = echo("/target/[id]")
POST = GET
