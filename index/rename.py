"""A document and a new title into the same document under that title, its passages embedded again."""

from __future__ import annotations

from dataclasses import replace

from .add import STAGED_PASSAGES, embed_in_stages, stage_keys
from .context import split_in_context
from .embed import Embedder
from .errors import TitleError
from .load.title import printable
from .report import Progress, Watcher
from .store import Store

LONGEST_TITLE = 200
"""Characters of a title: two or three lines of the list of documents."""


def clean_title(title: str) -> str:
    """Take out of a title what cannot be shown, or raise TitleError where nothing or too much is left."""
    cleaned = printable(title)
    if not cleaned:
        raise TitleError("The title is empty; give it a word or two.")
    if len(cleaned) > LONGEST_TITLE:
        raise TitleError(f"The title has {len(cleaned):,} characters; use at most {LONGEST_TITLE}.")
    return cleaned


def rename(
    store: Store, embedder: Embedder, encoding: str, document_id: str, title: str, watcher: Watcher | None = None
) -> str:
    """Give a document a title, in one step, and say what title it has then.

    The title stands before each passage where that is embedded and searched, and the passages are as long as leaves
    room for it, so they are made again.
    """
    title = clean_title(title)
    document = store.document(document_id)
    if document.title == title:
        return title
    document = replace(document, title=title)
    passages = split_in_context(document, embedder, encoding)
    done = 0

    def count(more: int) -> None:
        nonlocal done
        done += more
        if watcher:
            watcher(Progress(document.source or title, 0, 1, done, len(passages)))

    vectors = embed_in_stages(store, embedder, passages, count)
    store.rename(document_id, title, passages, vectors)
    if len(passages) >= STAGED_PASSAGES:
        store.unstage(stage_keys(embedder, passages))
    return title
