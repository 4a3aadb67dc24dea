from lib.modes import survey

fetch_cache = "only-no-store"

GET = survey
