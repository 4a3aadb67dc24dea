from htpy import Element, p

from byway.headers import cookies, headers


async def page() -> Element:
    user = (await cookies()).get("user")
    return p[user.value if user else "nobody", "/", (await headers()).get("x-who", "none")]
