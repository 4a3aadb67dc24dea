"""use cache"""

# Every public function of this file is cached.
import random


async def first(key: str) -> dict[str, object]:
    return {"by": "first", "key": key, "stamp": random.random()}


async def second(key: str) -> dict[str, object]:
    return {"by": "second", "key": key, "stamp": random.random()}
