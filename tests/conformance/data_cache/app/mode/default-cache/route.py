from lib.modes import survey

fetch_cache = "default-cache"

GET = survey
