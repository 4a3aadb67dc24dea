from htpy import Element, p

viewport = {
    "width": 600,
    "height": 400,
    "initial_scale": 0.5,
    "minimum_scale": 0.25,
    "maximum_scale": 2,
    "user_scalable": False,
    "viewport_fit": "cover",
    "interactive_widget": "resizes-visual",
    "theme_color": [
        {"media": "(prefers-color-scheme: light)", "color": "cyan"},
        {"media": "(prefers-color-scheme: dark)", "color": "black"},
    ],
    "color_scheme": "dark",
}


def page() -> Element:
    return p["p"]
