"""How many requests each client made lately. Pure: the time is an argument."""

from collections import OrderedDict, deque


class SlidingWindow:
    """At most ``limit`` requests in any ``seconds`` for each of ``clients`` clients; beyond, the quietest is forgotten.

    It remembers at most ``limit`` times ``clients`` moments, whatever comes in.
    """

    def __init__(self, limit: int, seconds: float, *, clients: int = 10_000) -> None:
        self.limit = limit
        self.seconds = seconds
        self._clients = clients
        self._moments: OrderedDict[str, deque[float]] = OrderedDict()

    def wait(self, client: str, now: float) -> float:
        """Count a request of ``client`` at ``now``: 0 when it may pass, else the seconds until one may."""
        moments = self._moments.setdefault(client, deque(maxlen=self.limit))
        self._moments.move_to_end(client)
        if len(self._moments) > self._clients:
            self._moments.popitem(last=False)
        if len(moments) == self.limit and now - moments[0] < self.seconds:
            return self.seconds - (now - moments[0])
        moments.append(now)
        return 0.0
