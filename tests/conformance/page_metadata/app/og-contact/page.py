from htpy import Element, p

metadata = {
    "open_graph": {
        "emails": "a@b.example",
        "phone_numbers": ["1", "2"],
        "fax_numbers": "3",
        "alternate_locale": ["fr_FR", "de_DE"],
        "country_name": "Utopia",
        "ttl": 60,
        "determiner": "the",
    }
}


def page() -> Element:
    return p["p"]
