from htpy import Element, p


def page() -> Element:
    return p(title="a \"b\" <c> & 'd'")["<b>&amp;</b> é", 1, True, None, 0]
