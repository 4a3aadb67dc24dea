def helper() -> str:
    return "from a private folder"
