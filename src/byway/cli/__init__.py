"""The command ``byway``."""

from byway.cli.main import main as main
