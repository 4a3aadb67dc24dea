from lib.modes import survey

fetch_cache = "only-cache"

GET = survey
