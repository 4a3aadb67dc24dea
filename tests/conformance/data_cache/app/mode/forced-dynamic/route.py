from lib.modes import survey

dynamic = "force-dynamic"

GET = survey
