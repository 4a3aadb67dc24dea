from lib.echo import echo

GET = echo("/blog/[slug]")
POST = GET
