from lib.modes import survey

fetch_cache = "force-cache"

GET = survey
