"""The users of this example. They live in memory: a real app would ask a database."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class User:
    name: str
    password: str  # what hash_password() made of it


# Ada's password is "correct horse battery staple".
_ADA = "6279776179206578616d706c65207361$14499c6ab6d4fa3b6503aa832122079dea9c39e3e3342f55e8c50890b812137d"

USERS = {"ada": User("ada", _ADA)}
