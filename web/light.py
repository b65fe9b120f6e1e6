"""Gradio, imported as `gr` without the files for editors that it writes anew each time: a third of its import.

Gradio parses the source of each component and writes a `.pyi` beside it, in its own folder, whenever it is imported.
Nothing reads these when a program runs. Everything else is imported as it is, and all of it where Gradio comes to do
this otherwise.
"""

from __future__ import annotations

import importlib
import sys
from collections.abc import Sequence
from importlib.abc import Loader, MetaPathFinder
from importlib.machinery import ModuleSpec, PathFinder
from types import ModuleType

__all__ = ["gr"]

_MODULE, _WRITES = "gradio.component_meta", "create_or_modify_pyi"


class _WithoutWriting(Loader):
    """Loads the module as its own loader does, and then puts a function that does nothing in the place of one."""

    def __init__(self, loader: Loader) -> None:
        self._loader = loader

    def create_module(self, spec: ModuleSpec) -> ModuleType | None:
        return self._loader.create_module(spec)

    def exec_module(self, module: ModuleType) -> None:
        self._loader.exec_module(module)
        if hasattr(module, _WRITES):
            setattr(module, _WRITES, lambda *_, **__: None)


class _Finder(MetaPathFinder):
    """Finds that one module, and leaves all others to the finders that there are."""

    def find_spec(
        self, fullname: str, path: Sequence[str] | None, target: ModuleType | None = None
    ) -> ModuleSpec | None:
        spec = PathFinder.find_spec(fullname, path, target) if fullname == _MODULE else None
        if spec and spec.loader:
            spec.loader = _WithoutWriting(spec.loader)
        return spec


def _import_gradio() -> None:
    """Import Gradio with that finder in front, for as long as it takes."""
    finder = _Finder()
    sys.meta_path.insert(0, finder)
    try:
        importlib.import_module("gradio")
    finally:
        sys.meta_path.remove(finder)


_import_gradio()
import gradio as gr  # noqa: E402
