from lib.modes import survey

fetch_cache = "auto"

GET = survey
