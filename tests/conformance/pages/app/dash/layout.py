from htpy import Element, Node, aside, div, main


def layout(children: Node, team: Node, stats: Node) -> Element:
    return div[main[children], aside(id="team")[team], aside(id="stats")[stats]]
