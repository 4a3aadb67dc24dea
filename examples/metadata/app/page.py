"""The home page: every picture of this app, and the files for machines."""

from htpy import Element, a, div, figcaption, figure, h1, h2, img, li, p, ul
from lib.shop import NAME, SLOGAN

PICTURES = {
    "/favicon.ico": "favicon.ico",
    "/icon.svg": "icon.svg",
    "/icon1/192": "icon1.py, id 192",
    "/icon1/512": "icon1.py, id 512",
    "/apple-icon": "apple_icon.py",
    "/opengraph-image": "opengraph_image.py",
    "/twitter-image.png": "twitter-image.png",
    "/opengraph-image-1tbhe3.png": "(company)/opengraph-image.png",
    "/items/pencil/opengraph-image": "items/[slug]/opengraph_image.py",
    "/items/ink/opengraph-image": "items/[slug]/opengraph_image.py",
    "/items/notebook/opengraph-image": "items/[slug]/opengraph_image.py",
}
TEXTS = ["/robots.txt", "/sitemap.xml", "/items/sitemap/0.xml", "/items/sitemap/1.xml", "/manifest.webmanifest"]


def page() -> list[Element]:
    return [
        h1[NAME],
        p[f"{SLOGAN}."],
        h2["For machines"],
        ul[(li[a(href=path)[path]] for path in TEXTS)],
        h2["Pictures"],
        div(class_="gallery")[
            (
                figure[a(href=path)[img(src=path, alt=file)], figcaption[file, " → ", path]]
                for path, file in PICTURES.items()
            )
        ],
    ]
