def opengraph_image() -> bytes:
    return bytes([1, 2, 3, 250])
