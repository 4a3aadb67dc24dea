from lib.modes import survey

fetch_cache = "default-no-store"

GET = survey
