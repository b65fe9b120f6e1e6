"""Words typed after `quotewise chat` into libraries and the server that shows them."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Annotated

import typer

from index import Index
from index.errors import QuotewiseError
from qa.settings import load_settings, open_library

from .login import chosen_login
from .server import Server


def run(serve: Callable[[Sequence[Index], Server, bool], None]) -> None:
    """Serve as the command line says; an expected error is one sentence on standard error, and exit code 1."""

    def chat(
        host: Annotated[
            str, typer.Option(help="The address to listen on; 0.0.0.0 lets other machines in.")
        ] = "127.0.0.1",
        port: Annotated[int, typer.Option(min=1, max=65535, help="The port to listen on.")] = 7860,
        library: Annotated[
            list[Path] | None,
            typer.Option(
                "--library",
                "-l",
                help="The folder of a library, otherwise the default one; repeated, to switch between several.",
            ),
        ] = None,
        open_browser: Annotated[bool, typer.Option("--open/--no-open", help="Open the page in the browser.")] = False,
        read_only: Annotated[
            bool | None,
            typer.Option(
                "--read-only/--editable",
                help="Whether the library can be changed on the page and by the API; by default only where no "
                "other machine can reach the server.",
            ),
        ] = None,
        root_path: Annotated[
            str, typer.Option(help="Where a reverse proxy shows the page: /quotes, or https://example.org/quotes.")
        ] = "",
        auth: Annotated[
            str,
            typer.Option(metavar="USER:PASSWORD", help="Ask for this login; others on this machine may see it here."),
        ] = "",
        auth_file: Annotated[
            Path | None,
            typer.Option(help="Ask for the login in this file, USER:PASSWORD; or set QUOTEWISE_AUTH to a login."),
        ] = None,
        mcp: Annotated[
            bool, typer.Option("--mcp", help="Offer the library to language models, as tools (MCP).")
        ] = False,
    ) -> None:
        """Ask your documents in a web page."""
        try:
            login = chosen_login(auth or load_settings().auth, auth_file)
            folders = list(dict.fromkeys(folder.expanduser().resolve() for folder in library or []))
            libraries = [open_library(folder) for folder in folders] or [open_library()]
            serve(libraries, Server(host, port, read_only, root_path, login, mcp), open_browser)
            for opened in libraries:
                opened.close()
        except QuotewiseError as error:
            typer.echo(f"quotewise: {error}", err=True)
            raise typer.Exit(1) from None

    program = typer.Typer(add_completion=False)
    program.command(context_settings={"help_option_names": ["-h", "--help"]})(chat)
    program()
