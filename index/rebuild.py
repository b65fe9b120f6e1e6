"""A library's own texts into the same library, built with another model or splitter."""

from __future__ import annotations

from .add import embed_in_stages, stage_keys
from .context import recipe, split_in_context
from .embed import Embedder
from .report import Progress, Watcher
from .rows import Built
from .store import Store
from .types import Passage


def rebuild(store: Store, embedder: Embedder, encoding: str, watcher: Watcher | None = None) -> None:
    """Split and embed every document again and put the passages in the place of the old ones, in one step.

    Vectors are staged meanwhile: searches see the old state, and an interrupted run is continued.
    """
    summaries = store.summaries()
    passages: list[Passage] = []
    for summary in summaries:
        passages += split_in_context(store.document(summary.id), embedder, encoding)
    done = 0

    def count(more: int) -> None:
        nonlocal done
        done += more
        if watcher:
            watcher(Progress("", 0, len(summaries), done, len(passages)))

    vectors = embed_in_stages(store, embedder, passages, count)
    keys = stage_keys(embedder, passages)
    store.stage(dict(zip(keys, vectors, strict=True)))
    store.replace_all(passages, keys, Built(embedder.name, embedder.dimension, recipe(encoding)))
    store.settle()
