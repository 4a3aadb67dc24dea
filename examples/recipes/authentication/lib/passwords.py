"""Passwords, hashed with scrypt from the standard library."""

import hashlib
import hmac
import os

# 16 MiB of memory and about a quarter of a second for each hash.
_N, _R, _P = 2**14, 8, 5
_MAX_MEMORY = 64 * 2**20


def hash_password(password: str) -> str:
    """What to store instead of ``password``: its salt and its hash, in hexadecimal."""
    salt = os.urandom(16)
    return f"{salt.hex()}${_scrypt(password, salt).hex()}"


def verify_password(password: str, stored: str | None) -> bool:
    """Whether ``stored`` was made of ``password``; with None, as for an unknown user, False after the same time."""
    salt, _, expected = (stored or f"{'00' * 16}$").partition("$")
    found = _scrypt(password, bytes.fromhex(salt))
    return hmac.compare_digest(found, bytes.fromhex(expected))


def _scrypt(password: str, salt: bytes) -> bytes:
    return hashlib.scrypt(password.encode(), salt=salt, n=_N, r=_R, p=_P, maxmem=_MAX_MEMORY, dklen=32)
