"""The version of Byway."""

VERSION = "0.1.0"
