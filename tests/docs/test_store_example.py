"""The store that docs/self-hosting.md prints does what every store must."""

from __future__ import annotations

from importlib.util import module_from_spec, spec_from_file_location
from pathlib import Path

import pytest

from ..caching.store_contract import StoreContract, Stores
from .test_snippets import BLOCKS


class Clock:
    def __init__(self) -> None:
        self.now = 1000.0

    def __call__(self) -> float:
        return self.now

    async def wait(self, seconds: float) -> None:
        self.now += seconds


class TestTheStoreOfTheDocumentation(StoreContract):
    @pytest.fixture
    def stores(self, tmp_path: Path) -> Stores:
        (text,) = (block.text for block in BLOCKS if block.title == "lib/sql_store.py")
        path = tmp_path / "sql_store.py"
        path.write_text(text, encoding="utf-8")
        spec = spec_from_file_location("sql_store", path)
        assert spec is not None
        assert spec.loader is not None
        module = module_from_spec(spec)
        spec.loader.exec_module(module)
        clock = Clock()
        return Stores(lambda: module.SQLStore(str(tmp_path / "cache.db"), clock), clock.wait)
