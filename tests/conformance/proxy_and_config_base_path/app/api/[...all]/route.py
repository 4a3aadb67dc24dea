from lib.echo import echo

GET = echo("/api/[...all]")
POST = GET
