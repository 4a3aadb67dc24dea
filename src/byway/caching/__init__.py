"""One cache: route answers, fetch answers and function results are entries of one engine.

`policy` says how fresh an entry is, `engine` finds or makes entries, a `store` keeps them.
"""
