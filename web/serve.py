"""Pages into one server: the first library's at its root, the others' below `/libraries/`, the tools beside them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from fastapi import FastAPI
from starlette.middleware import Middleware
from starlette.routing import BaseRoute, Mount

from .gate import MCP, Gate
from .light import gr
from .server import Server
from .shelf import below

_NO_DOCS: dict[str, Any] = {"docs_url": None, "redoc_url": None, "openapi_url": None}
_NOTHING_BESIDE: dict[str, Any] = {  # nothing of Gradio's own is beside the page
    "ssr_mode": False,
    "run_history": False,
    "mcp_server": False,
    "pwa": False,
    "enable_monitoring": False,
    "footer_links": [],
}


@dataclass(frozen=True, slots=True)
class Shown:
    """A library as it is shown: its page, the routes that are not Gradio's, and its path ("" for the first)."""

    page: gr.Blocks
    routes: Sequence[BaseRoute]
    path: str = ""


def launch(
    shown: Sequence[Shown], server: Server, look: dict[str, Any], tools: gr.mcp.GradioMCPServer | None = None
) -> None:
    """Serve the pages in the background, each with this `look`; returns once they are served."""
    parent = FastAPI(lifespan=tools.lifespan if tools else None)
    if tools:
        parent.mount(f"/{MCP}", tools.handle_streamable_http)
    first, *others = shown
    for other in others:
        _mount(parent, other, server, look)
    first.page.launch(
        server_name=server.host,
        server_port=server.port,
        root_path=server.root_path.rstrip("/"),
        app_kwargs={
            "middleware": [Middleware(Gate, server=server)],
            "routes": [*first.routes, *(route for route in parent.routes if isinstance(route, Mount))],
            "lifespan": parent.router.lifespan_context,
            **_NO_DOCS,
        },
        prevent_thread_lock=True,
        quiet=True,
        share=False,
        **_NOTHING_BESIDE,
        **look,
    )


def _mount(parent: FastAPI, shown: Shown, server: Server, look: dict[str, Any]) -> None:
    """Show a page below the path of its library."""
    place = f"/{shown.path.rstrip('/')}"
    root, app_kwargs = f"{server.root_path.rstrip('/')}{place}", {"routes": list(shown.routes), **_NO_DOCS}
    gr.mount_gradio_app(parent, shown.page, place, root_path=root, app_kwargs=app_kwargs, **_NOTHING_BESIDE, **look)
    mounted = parent.routes.pop()
    if isinstance(mounted, Mount):
        parent.mount(place, below(mounted.app))
