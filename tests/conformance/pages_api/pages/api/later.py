import threading

from byway.server import ApiRequest, ApiResponse

config = {"api": {"external_resolver": True}}


def handler(req: ApiRequest, res: ApiResponse) -> None:
    threading.Timer(0.05, lambda: res.status(200).json({"later": True})).start()
