from htpy import Element, p

metadata = {"title": '<b> & "q"', "description": 'a "b" <c> & d\'e'}


def page() -> Element:
    return p["p"]
