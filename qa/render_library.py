"""Turns the documents of a library into the list that is shown, and a choice of them into words; pure."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from typing import TYPE_CHECKING

from index.load import LOADERS, MAX_FILE_BYTES
from index.rename import LONGEST_TITLE

from .render import counted, escape, source_name

if TYPE_CHECKING:
    from index.rows import Summary

LONGEST_LIST = 200  # documents listed at a time: a page of a long list
MOST_CHOSEN = 200  # documents that a question can go to on the page, where not to all: the browser keeps their ids
NAMED = 3  # chosen documents that are named by title, before "and 4 more"


def narrowed(summaries: Sequence[Summary], words: str) -> list[Summary]:
    """Keep the documents that have every one of some words in their title or source, whatever their case."""
    sought = words.casefold().split()
    if not sought:
        return list(summaries)
    return [s for s in summaries if all(word in f"{s.title}\n{s.source}".casefold() for word in sought)]


def documents_html(
    summaries: Sequence[Summary], editable: bool = False, words: str = "", gone: Collection[str] = (), first: int = 0
) -> str:
    """List the documents of a library, each with a box that chooses it and a button that opens its text.

    Where wanted, each has buttons that rename and remove it. Only those that have `words` in their title or source are
    listed, of many only the page that holds the `first`, counted from 0; `gone` are ids that a browser has chosen and
    that are no longer there.
    """
    if not summaries:
        how = (
            "Add some below"
            if editable
            else "Add some with <code>quotewise add FOLDER</code>, then load this page again"
        )
        return _list_html(f'<p class="qw-empty">There are none yet. {how}.</p>', "", 0, words, gone)
    found = narrowed(summaries, words)
    first = min(max(0, first), max(0, len(found) - 1)) // LONGEST_LIST * LONGEST_LIST
    shown = "".join(
        _document_html(summary, editable, f' aria-posinset="{place}" aria-setsize="{len(found)}"')
        for place, summary in enumerate(found[first : first + LONGEST_LIST], first + 1)
    )
    below = _pages_html(first, len(found))
    if not found:
        below = '<p class="qw-empty">No title and no source has these words.</p>'
    of = f"{len(found):,} of " if words.strip() else ""
    count = f" <span>{of}{len(summaries):,}</span>"
    return _list_html(f"<ul>{shown}</ul>{below}", count, len(summaries), words, gone, first)


def no_documents_html(why: str) -> str:
    """Say in the place of the list why there is none."""
    return _list_html(f'<p class="qw-failure">{escape(why)}</p>', "", 0, "", ())


def _pages_html(first: int, count: int) -> str:
    """Say which documents of a long list are shown, between buttons that turn the page."""
    if count <= LONGEST_LIST:
        return ""
    last = min(first + LONGEST_LIST, count)
    before, after = max(0, first - LONGEST_LIST), last if last < count else first
    return (
        '<p class="qw-pages" role="group" aria-label="Pages of the list"><button type="button" class="qw-page" '
        f'data-first="{before}" aria-label="Documents before these"{" disabled" if first == 0 else ""}>‹</button>'
        f'<span role="status">{first + 1:,}–{last:,} of {count:,}</span><button type="button" class="qw-page" '
        f'data-first="{after}" aria-label="Documents after these"{" disabled" if last == count else ""}>›</button></p>'
    )


def _list_html(body: str, count: str, total: int, words: str, gone: Collection[str], first: int = 0) -> str:
    return (
        f'<nav class="qw-documents" aria-label="Documents" data-total="{total}" data-words="{escape(words)}" '
        f'data-first="{first}" '
        f'data-gone="{escape(" ".join(gone))}" data-most="{MOST_CHOSEN}" data-longest="{LONGEST_TITLE}">'
        f"<h2>Documents{count}</h2>{body}</nav>"
    )


def _document_html(summary: Summary, editable: bool, place: str) -> str:
    document, title = escape(summary.id), escape(summary.title)
    passages = f"{summary.passages:,}\N{NO-BREAK SPACE}{counted(summary.passages, 'passage')}"
    change = (
        f'<button type="button" class="qw-rename" aria-label="Rename {title}" title="Rename">✎</button>'
        f'<button type="button" class="qw-remove" data-document="{document}" aria-label="Remove {title}" '
        'title="Remove">×</button>'
    )
    return (
        f'<li data-document="{document}"{place}><input type="checkbox" class="qw-pick" aria-label="Ask {title}" '
        'title="Ask this document"><button type="button" class="qw-open" '
        f'data-document="{document}" data-kind="document"><span class="qw-title" dir="auto">{title}</span> '
        f'<span class="qw-where" title="{escape(summary.source)}">'
        f"{escape(source_name(summary.source))} · {passages}</span></button>"
        f"{change if editable else ''}</li>"
    )


def among(documents: Sequence[str], titles: Mapping[str, str], most: int | None = NAMED) -> list[str]:
    """Name the documents that a question went to: some titles, then how many more, and how many are gone."""
    there = [titles[document] for document in documents if document in titles]
    shown, gone = there[:most], len(documents) - len(there)
    rest = [f"{len(there) - len(shown):,} more"] if len(there) > len(shown) else []
    lost = [f"{gone:,} that {'is' if gone == 1 else 'are'} no longer in the library"] if gone else []
    return [*shown, *rest, *lost]


def among_html(documents: Sequence[str], titles: Mapping[str, str]) -> str:
    """Say below a question which documents it went to; nothing where it went to all."""
    if not documents:
        return ""
    names = ", ".join(f'<span dir="auto">{escape(name)}</span>' for name in among(documents, titles))
    return f'<p class="qw-among">in: {names}</p>'


def adding_html() -> str:
    """Make the place where files are added, and where it is told what became of them."""
    known, most = escape(",".join(sorted(LOADERS))), MAX_FILE_BYTES
    return (
        f'<section class="qw-adding" aria-label="Add documents" data-known="{known}" data-most="{most}">'
        '<div class="qw-told" role="status" aria-atomic="false"></div><p class="qw-add">'
        '<button type="button" class="qw-add-files">Add files</button> '
        '<button type="button" class="qw-add-folder">Add a folder</button></p>'
        f'<input type="file" class="qw-files" multiple hidden accept="{known}">'
        '<input type="file" class="qw-folder" webkitdirectory hidden></section>'
    )
