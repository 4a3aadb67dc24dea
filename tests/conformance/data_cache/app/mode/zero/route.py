from lib.modes import survey

revalidate = 0

GET = survey
