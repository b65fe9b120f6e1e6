"""Turns a document into the HTML of its source, piece by piece: the passage framed, the quoted words marked; pure."""

from __future__ import annotations

import unicodedata
from collections.abc import Callable, Mapping
from dataclasses import dataclass

from index import Document

from .quoting import quoted_markdown, quoted_text
from .render import escape, where_html

SURROUNDINGS = 20_000  # characters of a document shown on either side of what it is opened at, and then at a time
SLACK = 1_000  # characters that a piece of a document may be shorter, so that it ends with a line or a word

Range = tuple[int, int]
Read = Callable[[int, int], str]
"""What gives a range of a document's text, cut off where the text ends."""


@dataclass(frozen=True, slots=True)
class Cited:
    """What a document is opened at: the quoted words, the passage that they stand in, either, or neither."""

    quote: Range | None = None
    passage: Range | None = None

    @classmethod
    def read(cls, sent: Mapping[str, object]) -> Cited:
        """Read what a browser sent."""
        if sent.get("kind") == "passage":
            return cls(passage=_range(sent, "start", "end"))
        return cls(_range(sent, "start", "end"), _range(sent, "from", "to"))

    @property
    def range(self) -> Range | None:
        """What is to be scrolled into view."""
        return self.quote or self.passage

    @property
    def kind(self) -> str:
        """Say in a word what the document is opened at."""
        return "quote" if self.quote else "passage" if self.passage else "document"

    def inside(self, length: int) -> Cited:
        """Move the ranges into a text of this length."""
        return Cited(_inside(self.quote, length), _inside(self.passage, length))


def source_html(document: Document, cited: Cited | None = None, heading: str = "") -> str:
    """Show a document with its passage framed and its quoted words marked, and what can be done with them.

    Of a long document only the surroundings are shown, between buttons that ask for more. Offsets that are not in the
    document are moved into it. `heading` is the path of headings above the passage.
    """
    cited = (cited or Cited()).inside(len(document.text))
    start, end = cited.range or ("", "")
    first, last = cited.passage or ("", "")
    return (
        f'<section class="qw-source" aria-label="Source" data-document="{escape(document.id)}" '
        f'data-kind="{cited.kind}" data-start="{start}" data-end="{end}" data-from="{first}" data-to="{last}" '
        f'data-length="{len(document.text)}">{_header_html(document, cited, heading)}'
        '<div class="qw-text" tabindex="0" role="document" aria-label="Text of the document">'
        '<button type="button" class="qw-more" data-side="before" hidden></button><div class="qw-words" dir="auto">'
        f"{around_html(lambda start, end: document.text[start:end], cited.range or (0, 0), cited)}</div>"
        '<button type="button" class="qw-more" data-side="after" hidden></button></div></section>'
    )


def failure_html(message: str) -> str:
    """Say in the place of the source why it cannot be shown."""
    return (
        '<section class="qw-source" aria-label="Source"><header><div class="qw-named"><h2 class="qw-title" '
        f'tabindex="-1">This document cannot be shown</h2></div><div class="qw-tools">{_CLOSE}</div></header>'
        f'<div class="qw-text"><p class="qw-failure">{escape(message)}</p></div></section>'
    )


# --- the text, in pieces --------------------------------------------------------------------------------------------


def more_html(read: Read, side: str, sent: Mapping[str, object]) -> str:
    """Give the piece that a browser asked for: the one `before` or `after` what it shows, or those around a range."""
    range_ = _range(sent, "first", "last") or (0, 0)
    cited = Cited.read(sent)
    if side == "before":
        return before_html(read, range_[0], cited)
    return after_html(read, range_[1], cited) if side == "after" else around_html(read, range_, cited)


def around_html(read: Read, range_: Range, cited: Cited) -> str:
    """Give one piece with a range in its middle."""
    start, end = range_[0], min(range_[1], range_[0] + SURROUNDINGS)
    first, last = max(0, start - SURROUNDINGS), end + SURROUNDINGS
    text = read(first, last)
    low = _cut(text, min(SLACK, start - first)) if first else 0
    high = _cut(text, len(text) - 1) if len(text) == last - first else len(text)
    return _piece_html(text[low:high], first + low, cited)


def before_html(read: Read, place: int, cited: Cited) -> str:
    """Give the piece that ends at a place, "" where nothing is before it."""
    first = max(0, place - SURROUNDINGS)
    text = read(first, place)
    low = _cut(text, min(SLACK, len(text))) if first else 0
    return _piece_html(text[low:], first + low, cited)


def after_html(read: Read, place: int, cited: Cited) -> str:
    """Give the piece that begins at a place, "" where nothing is after it."""
    text = read(place, place + SURROUNDINGS)
    return _piece_html(text[: _cut(text, len(text) - 1)] if len(text) == SURROUNDINGS else text, place, cited)


def _cut(text: str, place: int) -> int:
    """Move a cut back behind the end of a line, else behind a space, else out of a sign of several characters."""
    low = max(0, place - SLACK)
    for space in ("\n", " "):
        found = text.rfind(space, low, place)
        if found >= 0:
            return found + 1
    moved = place
    while low < moved < len(text) and (_joins(text[moved]) or text[moved - 1] == "\u200d"):
        moved -= 1
    return moved if moved > low else place


def _joins(char: str) -> bool:
    """Say whether a character is shown in one with the one before it."""
    return char == "\u200d" or "\U0001f3fb" <= char <= "\U0001f3ff" or unicodedata.category(char).startswith("M")


def _piece_html(text: str, first: int, cited: Cited) -> str:
    """Show a stretch of the text, with the part of the passage that is in it framed and that of the quote marked."""
    if not text:
        return ""
    low, high = _clipped(cited.passage, first, first + len(text))
    framed = _marked(text[low - first : high - first], low, cited)
    if low < high:
        target = ' id="qw-target"' if not cited.quote and cited.passage and low == cited.passage[0] else ""
        framed = f'<span class="qw-framed"{target}>{framed}</span>'
    words = _marked(text[: low - first], first, cited) + framed + _marked(text[high - first :], high, cited)
    return f'<div class="qw-piece" data-low="{first}" data-high="{first + len(text)}">{words}</div>'


def _marked(text: str, first: int, cited: Cited) -> str:
    """Escape a stretch of the text, with the part of the quote that is in it marked."""
    low, high = _clipped(cited.quote, first, first + len(text))
    if low == high:
        return escape(text)
    target = ' id="qw-target"' if cited.quote and low == cited.quote[0] else ""
    words = escape(text[low - first : high - first])
    before, after = escape(text[: low - first]), escape(text[high - first :])
    return f'{before}<mark class="qw-mark"{target}>{words}</mark>{after}'


def _clipped(range_: Range | None, first: int, last: int) -> Range:
    """Give the part of a range between two places; an empty one at the second where there is none."""
    start, end = range_ or (0, 0)
    start, end = max(start, first), min(end, last)
    return (start, end) if start < end else (last, last)


def here(sent: Mapping[str, object]) -> int:
    """Read where in a document a reader stands, its beginning where that is not said."""
    return (_range(sent, "here", "here") or (0, 0))[0]


def _range(sent: Mapping[str, object], start: str, end: str) -> Range | None:
    """Read two offsets that a browser sent."""
    first, last = str(sent.get(start, "")), str(sent.get(end, ""))
    known = all(number.isdecimal() and len(number) < 12 for number in (first, last))
    return (int(first), int(last)) if known else None


def _inside(range_: Range | None, length: int) -> Range | None:
    """Move a range into a text of this length; None where nothing of it is left."""
    if range_ is None:
        return None
    start, end = max(0, range_[0]), min(length, range_[1])
    return (start, end) if start < end else None


# --- what stands above the text -------------------------------------------------------------------------------------

_CLOSE = (
    '<button type="button" class="qw-close" aria-keyshortcuts="Escape" title="Close (Esc)">'
    '<span class="qw-back">← Back</span><span class="qw-shut">Close</span></button>'
)
_STEPS = (
    '<div class="qw-steps" role="group" aria-label="Citations" hidden>'
    '<button type="button" class="qw-previous" aria-label="Previous citation" aria-keyshortcuts="p" '
    'title="Previous citation (p)">‹</button><span class="qw-step" role="status"></span>'
    '<button type="button" class="qw-next" aria-label="Next citation" aria-keyshortcuts="n" '
    'title="Next citation (n)">›</button></div>'
)
_SEARCHES = (
    '<button type="button" class="qw-search" aria-keyshortcuts="f" title="Search in this document (f)">Search</button>'
)
_FIND = (
    '<div class="qw-find" role="search" hidden><input type="text" class="qw-sought" '
    'aria-label="Search in this document" placeholder="Search in this document" enterkeyhint="search" '
    'autocomplete="off" autocapitalize="off" spellcheck="false"><span class="qw-count" role="status"></span>'
    '<button type="button" class="qw-find-previous" aria-label="Previous place" '
    'title="Previous (Shift+Enter)">‹</button>'
    '<button type="button" class="qw-find-next" aria-label="Next place" title="Next (Enter)">›</button>'
    '<button type="button" class="qw-find-close" aria-label="Close the search" title="Close (Esc)">×</button></div>'
)


def _header_html(document: Document, cited: Cited, heading: str) -> str:
    page = document.page(cited.range[0]) if cited.range else None
    path = heading.removeprefix(document.title).removeprefix(" › ") if document.title else heading
    above = f'<p class="qw-heading" dir="auto" title="{escape(heading)}">{escape(path)}</p>' if path else ""
    return (
        f'<header><div class="qw-named"><h2 class="qw-title" dir="auto" tabindex="-1">{escape(document.title)}</h2>'
        f'<p class="qw-where" title="{escape(document.source)}">{where_html(document.source, page)}</p>{above}</div>'
        f'<div class="qw-tools">{_STEPS}{_SEARCHES}{_CLOSE}</div>{_FIND}{_copies_html(document, cited)}</header>'
    )


def _copies_html(document: Document, cited: Cited) -> str:
    """Make the buttons that copy what the document is opened at, with where it stands."""
    if not cited.range:
        return ""
    buttons = "".join(
        f'<button type="button" class="qw-copy" aria-label="{label}" data-words="{escape(words)}">'
        f'<span class="qw-copies">{name}</span><span class="qw-copied" aria-hidden="true">Copied</span></button>'
        for label, name, words in (
            (f"Copy {cited.kind} with citation", f"Copy {cited.kind}", quoted_text(document, *cited.range)),
            (f"Copy {cited.kind} with citation as Markdown", "as Markdown", quoted_markdown(document, *cited.range)),
        )
    )
    return f'<div class="qw-copying">{buttons}<span class="qw-hidden qw-said" role="status"></span></div>'
