"""How a server is asked to be into what it is: where it listens, who reaches it, and what they may do."""

from __future__ import annotations

import re
import socket
from dataclasses import dataclass
from urllib.parse import urlsplit

from index.errors import QuotewiseError

from .login import Login

LOCAL = ("127.0.0.1", "localhost", "::1")
"""The addresses that only this machine reaches."""

_ROOT = re.compile(r"(https?://[^/?#@\s]+)?((?:/[\w.~-]+)*)/?", re.ASCII)


class ServeError(QuotewiseError):
    """The chat cannot be served in this way."""


@dataclass(frozen=True, slots=True)
class Server:
    """A server of the chat. Without `read_only` documents can be changed where only this machine reaches it.

    `root_path` is where a reverse proxy shows it, as a path or a whole address; `login` is asked of every request; with
    `mcp` it offers tools to language models.
    """

    host: str = "127.0.0.1"
    port: int = 7860
    read_only: bool | None = None
    root_path: str = ""
    login: Login | None = None
    mcp: bool = False

    def __post_init__(self) -> None:
        if not _ROOT.fullmatch(self.root_path) or ".." in self.root_path:
            raise ServeError(
                f"{self.root_path} is no path that a proxy could serve; --root-path takes one such as /quotes, or a "
                "whole address such as https://example.org/quotes."
            )

    @property
    def local(self) -> bool:
        """Whether it listens to this machine only."""
        return self.host in LOCAL

    @property
    def editable(self) -> bool:
        """Whether documents can be added and removed."""
        return self.local and not self.root_path if self.read_only is None else not self.read_only

    @property
    def prefix(self) -> str:
        """The path under which a proxy shows it, "" where there is none; it begins with a slash and ends without."""
        found = _ROOT.fullmatch(self.root_path)
        return found[2] if found else ""

    @property
    def address(self) -> str:
        """The host, and the port if it says one, under which a proxy shows it, "" where that is not said."""
        return urlsplit(self.root_path).netloc.lower()

    @property
    def warning(self) -> str:
        """What whoever starts it should know, in a sentence, or ""."""
        if self.login or (self.local and not self.root_path):
            return ""
        return (
            "Everybody who reaches this server can ask its library and read every document in it; --auth-file asks for "
            "a password."
        )

    def refuse_taken_port(self) -> None:
        """Say before anything is loaded that a port cannot be had."""
        family = socket.AF_INET6 if ":" in self.host else socket.AF_INET
        try:
            with socket.socket(family, socket.SOCK_STREAM) as probe:
                probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
                probe.bind((self.host, self.port))
        except OSError as error:
            raise ServeError(
                f"The chat cannot listen on {self.host}:{self.port} ({error.strerror or error}); choose another port "
                f"with --port {self.port + 1}."
            ) from error
