"""A name and a password into a login that a request of a browser or a program can be compared with (HTTP Basic)."""

from __future__ import annotations

import base64
import binascii
import hmac
from dataclasses import dataclass, field
from pathlib import Path

from index.errors import QuotewiseError

HEADERS = [(b"www-authenticate", b'Basic realm="Quotewise", charset="UTF-8"')]
"""What makes a browser ask for the name and the password."""

_LARGEST_FILE = 10_000  # bytes


class LoginError(QuotewiseError):
    """What is given as name and password is none."""


@dataclass(frozen=True, slots=True)
class Login:
    """The name and the password that every request must bring."""

    user: str
    password: str = field(repr=False)

    @classmethod
    def parse(cls, text: str) -> Login:
        """Read `USER:PASSWORD`; a password may hold colons."""
        user, colon, password = text.strip("\r\n").partition(":")
        if not (user and colon and password) or not (user + password).isprintable():
            raise LoginError("A login is USER:PASSWORD, on one line, and neither of them is empty.")
        return cls(user, password)

    @classmethod
    def read(cls, file: Path) -> Login:
        """Read a login from the first line of a file, where no other user of the machine sees it in a list."""
        try:
            with file.open("rb") as opened:
                text = opened.read(_LARGEST_FILE).decode("utf-8-sig")
        except (OSError, ValueError) as error:
            raise LoginError(f"The login cannot be read from {file} ({error}); write USER:PASSWORD into it.") from error
        return cls.parse(next(iter(text.splitlines()), ""))

    def opens(self, authorization: bytes) -> bool:
        """Say whether a request with this `Authorization` header is let in; the time that takes tells nothing."""
        scheme, _, given = authorization.partition(b" ")
        try:
            said = base64.b64decode(given.strip(), validate=True) if scheme.lower() == b"basic" else b""
        except (binascii.Error, ValueError):
            said = b""
        return hmac.compare_digest(said, f"{self.user}:{self.password}".encode())


def chosen_login(text: str, file: Path | None) -> Login | None:
    """Take the login of a file, else the one that is given, else none."""
    if file:
        return Login.read(file)
    return Login.parse(text) if text else None
