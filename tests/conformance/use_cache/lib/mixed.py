import random

from byway.cache import use_cache


@use_cache
async def cached(key: str) -> float:
    return random.random()


async def plain(key: str) -> float:
    return random.random()
