from byway import Config

config = Config(
    cache_life={
        "second": {"stale": 60, "revalidate": 1, "expire": 600},
        "blog": {"stale": 600, "revalidate": 4000, "expire": 9000},
        "only_revalidate": {"revalidate": 5000},
    }
)
