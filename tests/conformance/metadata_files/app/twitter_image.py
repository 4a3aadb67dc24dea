from byway.server import Response

alt = "Tweet Acme"
content_type = "image/jpeg"


def twitter_image() -> Response:
    return Response("tw bytes", headers={"content-type": "image/jpeg"})
