from byway import Config

config = Config(max_body_size="8mb", shutdown_timeout=5)
