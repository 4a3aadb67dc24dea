"""``python -m byway``: the command ``byway``."""

from byway.cli import main

main(prog_name="byway")
