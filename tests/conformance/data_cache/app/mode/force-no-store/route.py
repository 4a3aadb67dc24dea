from lib.modes import survey

fetch_cache = "force-no-store"

GET = survey
