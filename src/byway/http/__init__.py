"""The Web's words: URL, headers, cookies, bodies, forms, requests and responses.

Nothing here knows of routing, of apps or of ASGI; everything can be built and tested by hand.
"""
