"""Turns answers and documents into HTML, JSON and plain text, every character of theirs escaped; pure."""

from __future__ import annotations

import html
import re
from collections.abc import Iterable, Sequence
from dataclasses import asdict
from typing import TYPE_CHECKING, Any

from index import Document, Hit, Passage
from index.load import LOADERS, MAX_FILE_BYTES

from .listed import LEAST_OTHER as LEAST_OTHER
from .types import Answer, Citation

if TYPE_CHECKING:
    from index.rows import Summary

NOT_FOUND = "Not in these documents."
SURROUNDINGS = 40_000  # characters of a document shown on either side of a quote
LONGEST_QUESTION = 2_000  # characters of a question shown
LONGEST_LIST = 500  # documents listed
LONGEST_SHORT = 80  # characters of a short answer that is set large above its sentence; a longer one is only marked
# of the golden answers, 15 of 17 from .6 on were right, 11 of 12 from .35 to .6, and the one below; probabilities are
# estimated for a mix in which three questions of four have no answer, so they are low where most have one
_SURENESS = ((0.6, "likely"), (0.35, "perhaps"), (0.0, "not sure"))
_SURROGATE = re.compile("[\ud800-\udfff]")
_CONTROL = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069]")


# --- JSON -----------------------------------------------------------------------------------------------------------


def hit_record(hit: Hit) -> dict[str, Any]:
    """Turn a hit into plain JSON: the fields of its passage, and its score."""
    return {**asdict(hit.passage), "score": float(hit.score)}


def citation_record(citation: Citation) -> dict[str, Any]:
    """Turn a citation into plain JSON: the quote and the place in the document where it stands."""
    return {
        "quote": citation.quote,
        "title": citation.title,
        "source": citation.source,
        "page": citation.page,
        "start": citation.start,
        "end": citation.end,
        "document_id": citation.document_id,
    }


def answer_record(answer: Answer) -> dict[str, Any]:
    """Turn an answer into plain JSON. Only a question can hold a lone surrogate, which becomes U+FFFD."""
    return {
        "question": _SURROGATE.sub("\ufffd", answer.question),
        "asked_as": _SURROGATE.sub("\ufffd", answer.asked_as),
        "short": answer.short,
        "text": answer.text,
        "score": float(answer.score),
        "abstained": answer.abstained,
        "citations": [citation_record(citation) for citation in answer.citations],
        "others": [
            {
                "short": other.short,
                "text": other.text,
                "score": float(other.score),
                "citations": [citation_record(citation) for citation in other.citations],
            }
            for other in answer.others
        ],
        "hits": [hit_record(hit) for hit in answer.hits],
    }


# --- plain text, for a terminal -------------------------------------------------------------------------------------


def answer_text(answer: Answer) -> str:
    """Turn an answer into lines for a terminal: the short answer, the quoted sentences, their numbered sources."""
    asked = [f"(asked as: {_plain(answer.asked_as)})", ""] if was_resolved(answer) else []
    if answer.abstained:
        return "\n".join([*asked, NOT_FOUND, *_nearest_text(answer.hits)])
    short = [_plain(answer.short), ""] if answer.span else []
    quotes = [f"“{_plain(citation.quote)}” [{n}]" for n, citation in enumerate(answer.citations, 1)]
    sources = [f"[{n}] {_plain(place(citation))}" for n, citation in enumerate(answer.citations, 1)]
    return "\n".join(
        [*asked, *short, *quotes, "", *sources, "", f"{sureness(answer.score)} ({_percent(answer.score)})"]
    )


def _percent(score: float) -> str:
    """Write a probability; no answer is certain, and none impossible."""
    return f"{min(99, max(1, round(100 * score)))} % probable"


def _nearest_text(hits: Iterable[Hit]) -> list[str]:
    """List the nearest passages, a line for the place and a shortened one for the text."""
    lines = []
    for hit in hits:
        text = " ".join(hit.passage.text.split())
        shown = text if len(text) <= 200 else text[:200].rsplit(" ", 1)[0] + " …"
        lines += ["", f"- {_plain(place(hit.passage))}", f"  {_plain(shown)}"]
    return ["", "Closest, but it does not answer:", *lines] if lines else []


def _plain(text: str) -> str:
    """Show control characters (a terminal would obey them) as U+FFFD; line breaks and tabs stay."""
    return _SURROGATE.sub("\ufffd", _CONTROL.sub("\ufffd", text.replace("\r\n", "\n")))


def was_resolved(answer: Answer) -> bool:
    """Say whether another question was searched for than the one that was asked."""
    return bool(answer.asked_as) and answer.asked_as.strip() != answer.question.strip()


def place(cited: Citation | Passage) -> str:
    """Name the place of a quote or a passage: title, source, page."""
    page = f", page {cited.page}" if cited.page is not None else ""
    return f"{cited.title} ({cited.source}{page})" if cited.source else f"{cited.title}{page}"


# --- HTML -----------------------------------------------------------------------------------------------------------


def escape(text: str) -> str:
    """Escape a text so that an HTML parser gives back exactly its characters, in an element or a quoted attribute.

    A carriage return is written as a reference, since parsers turn a bare one into a line feed. What HTML cannot
    hold (NUL and lone surrogates) becomes U+FFFD.
    """
    clean = _SURROGATE.sub("\ufffd", text).replace("\0", "\ufffd")
    return html.escape(clean, quote=True).replace("\r", "&#13;")


def question_html(question: str, number: int, asked_as: str = "") -> str:
    """Show a question as the heading of its turn, shortened where it is endless, and what was searched for instead."""
    shown = question if len(question) <= LONGEST_QUESTION else question[:LONGEST_QUESTION] + "…"
    heading = (
        f'<h2 class="qw-question" id="qw-question-{number}" dir="auto">{escape(shown)}</h2>'
        '<button type="button" class="qw-edit" aria-label="Edit this question and ask again" title="Edit">✎</button>'
    )
    resolved = asked_as and asked_as.strip() != question.strip()
    return heading + (
        f'<p class="qw-asked">asked as: <span dir="auto">{escape(asked_as)}</span> '
        '<button type="button" class="qw-reword" aria-label="Change what was asked, and ask again" title="Change">✎'
        "</button></p>"
        if resolved
        else ""
    )


def answer_html(answer: Answer, number: int, seconds: float | None = None, record: str = "") -> str:
    """Show an answered turn: the question, the short answer marked in its quoted sentence, the numbered sources.

    Below them stands how sure the reader is and how long it took; other answers that it saw are folded away. `record`
    is what the browser keeps of the turn.
    """
    body = _found_html(answer, number, seconds) if answer.citations else _not_found_html(answer.hits, number)
    return _turn_html(question_html(answer.question, number, answer.asked_as) + body, number, record=record)


def sureness(score: float) -> str:
    """Say in a word or two how probable it is that an answer is right."""
    return next(words for least, words in _SURENESS if score >= least)


def pending_html(question: str, number: int, stage: str) -> str:
    """Show a turn that is being answered, and what is being done."""
    return _turn_html(
        question_html(question, number) + f'<p class="qw-stage">{escape(stage)}</p>', number, pending=True
    )


def failure_html(question: str, number: int, message: str, record: str = "") -> str:
    """Show a turn that could not be answered, and why, in one sentence; `record` is what the browser keeps of it."""
    body = question_html(question, number) + f'<p class="qw-failure">{escape(message)}</p>'
    return _turn_html(body, number, record=record)


def conversation_html(turns: Sequence[str], talk: str = "") -> str:
    """Put turns into the live region that screen readers follow; `talk` is the browser's name of what it asked back."""
    return (
        f'<div class="qw-turns" role="log" aria-live="polite" aria-label="Conversation" data-talk="{escape(talk)}">'
        f"{''.join(turns)}</div>"
    )


def _turn_html(body: str, number: int, pending: bool = False, record: str = "") -> str:
    busy, kept = "true" if pending else "false", f' data-record="{escape(record)}"' if record else ""
    return f'<article class="qw-turn" aria-labelledby="qw-question-{number}" aria-busy="{busy}"{kept}>{body}</article>'


def _found_html(answer: Answer, number: int, seconds: float | None) -> str:
    """Show the quoted sentences, each above the button that opens it in its document, and what else there is to say."""
    emphasis = answer.span or answer.citations[0]
    large = answer.span is not None and len(answer.short) <= min(LONGEST_SHORT, 0.7 * len(answer.citations[0].quote))
    short = f'<p class="qw-short" dir="auto">{escape(answer.short)}</p>' if large else ""
    quotes = "".join(_quote_html(c, n, emphasis) for n, c in enumerate(answer.citations, 1))
    return short + quotes + _sure_html(answer.score, seconds) + _others_html(answer, number)


def _sure_html(score: float, seconds: float | None) -> str:
    """Say how sure the reader is, with the number for those who ask, and how long it took."""
    percent = _percent(score)
    took = "" if seconds is None else f" · {seconds:.1f} s" if seconds >= 0.95 else f" · {1000 * seconds:.0f} ms"
    return (
        f'<p class="qw-sure"><span class="qw-sureness" title="{percent}">{sureness(score)}'
        f'<span class="qw-hidden"> ({percent})</span></span>{took}</p>'
    )


def _others_html(answer: Answer, number: int) -> str:
    """Fold away the other answers that the reader saw; their sources are numbered on from those of the answer."""
    others = [other for other in answer.others if other.score >= LEAST_OTHER]
    if not others:
        return ""
    shown = "".join(
        f'<li><p class="qw-other" dir="auto">{escape(other.short)}</p>'
        f"{_quote_html(other.citations[0], n, other.span or other.citations[0])}</li>"
        for n, other in enumerate(others, len(answer.citations) + 1)
    )
    summary = f"{len(others)} other possible answer{'s' if len(others) > 1 else ''}"
    return f'<details class="qw-others" id="qw-others-{number}"><summary>{summary}</summary><ol>{shown}</ol></details>'


def _quote_html(citation: Citation, number: int, emphasis: Citation) -> str:
    """Show one quoted sentence, with the part of it that is the short answer marked."""
    words = marked(citation.quote, overlap(citation, emphasis))
    return (
        f'<figure class="qw-quote"><blockquote dir="auto">{words}</blockquote>'
        f"<figcaption>{_open_button(citation, f'[{number}]', 'quote')}</figcaption></figure>"
    )


def overlap(shown: Citation | Passage, emphasis: Citation | None) -> tuple[int, int] | None:
    """Give the range of what is shown that is to be marked, counted from its own start, or None."""
    if emphasis is None or shown.document_id != emphasis.document_id:
        return None
    start, end = max(shown.start, emphasis.start), min(shown.end, emphasis.end)
    return (start - shown.start, end - shown.start) if start < end else None


def _not_found_html(hits: Sequence[Hit], number: int) -> str:
    """Say that there is no answer, and fold away the nearest passages."""
    said = f'<p class="qw-none">{NOT_FOUND}</p>'
    if not hits:
        return said
    nearest = "".join(
        f"<li>{_open_button(hit.passage, '', 'passage')}"
        f'<p class="qw-passage-text" dir="auto">{escape(hit.passage.text)}</p></li>'
        for hit in hits
    )
    summary = "The closest passages, but they do not answer it" if len(hits) > 1 else "Closest, but it does not answer"
    return (
        f'{said}<details class="qw-nearest" id="qw-nearest-{number}"><summary>{summary}</summary>'
        f"<ol>{nearest}</ol></details>"
    )


def _open_button(cited: Citation | Passage, label: str, kind: str) -> str:
    """Make the button that opens a document at a quote or a passage."""
    number = f'<span class="qw-number">{escape(label)}</span> ' if label else ""
    where = _where(cited.source, cited.page)
    return (
        f'<button type="button" class="qw-open" data-document="{escape(cited.document_id)}" data-kind="{kind}" '
        f'data-start="{cited.start}" data-end="{cited.end}">{number}<span class="qw-title" dir="auto">'
        f'{escape(cited.title)}</span> <span class="qw-where" title="{escape(cited.source)}">{where}</span></button>'
    )


def _where(source: str, page: int | None) -> str:
    """Say in small where something stands: the file's name, and the page where there are pages."""
    return escape(source_name(source) + (f" · page {page}" if page is not None else ""))


def marked(text: str, cut: tuple[int, int] | None, tag: str = 'mark class="qw-mark"') -> str:
    """Escape a text and put the range `cut` of it into an element."""
    if cut is None:
        return escape(text)
    start, end = cut
    return f"{escape(text[:start])}<{tag}>{escape(text[start:end])}</{tag.split()[0]}>{escape(text[end:])}"


def source_name(source: str) -> str:
    """Shorten a path or an address to its last part; several, joined by "; ", each."""
    return "; ".join(re.split(r"[/\\]", part.rstrip("/\\"))[-1] for part in source.split("; "))


# --- HTML: a document -----------------------------------------------------------------------------------------------


def source_html(
    document: Document,
    range_: tuple[int, int] | None = None,
    quoted: bool = True,
    window: tuple[int, int] | None = None,
) -> str:
    """Show a document with a range of it marked (quoted words) or framed (a passage that is not quoted).

    Of a long document only a window is shown, `SURROUNDINGS` characters on either side of the range unless `window`
    says otherwise, with buttons that ask for more. Offsets that are not in the document are moved into it.
    """
    length = len(document.text)
    cut = _inside(range_, length)
    first, last = _inside(window, length) or _window(document.text, cut)
    if cut:
        first, last = min(first, cut[0]), max(last, cut[1])
    tag = 'mark class="qw-mark" id="qw-target"' if quoted else 'span class="qw-framed" id="qw-target"'
    words = marked(document.text[first:last], (cut[0] - first, cut[1] - first) if cut else None, tag)
    start, end = cut or ("", "")
    return (
        f'<section class="qw-source" aria-label="Source" data-document="{escape(document.id)}" data-start="{start}" '
        f'data-end="{end}" data-kind="{"quote" if quoted else "passage"}" data-first="{first}" data-last="{last}">'
        f"{_source_header(document, cut)}"
        f'<div class="qw-text" tabindex="0" role="document" aria-label="Text of the document">'
        f"{_more_html('before', first)}"
        f'<div class="qw-words" dir="auto">{words}</div>{_more_html("after", length - last)}</div></section>'
    )


def source_failure_html(message: str) -> str:
    """Say in the place of the source why it cannot be shown."""
    nothing = Document(text="", title="This document cannot be shown")
    return (
        f'<section class="qw-source" aria-label="Source">{_source_header(nothing, None)}'
        f'<div class="qw-text"><p class="qw-failure">{escape(message)}</p></div></section>'
    )


def _source_header(document: Document, cut: tuple[int, int] | None) -> str:
    where = _where(document.source, document.page(cut[0]) if cut else None)
    return (
        f'<header><div><h2 class="qw-title" tabindex="-1">{escape(document.title)}</h2>'
        f'<p class="qw-where" title="{escape(document.source)}">{where}</p></div>'
        '<button type="button" class="qw-close" aria-keyshortcuts="Escape">'
        '<span class="qw-back">← Back</span><span class="qw-shut">Close</span></button></header>'
    )


def _more_html(side: str, characters: int) -> str:
    """Make the button that shows more of a document before or after what is shown, if there is more."""
    if characters <= 0:
        return ""
    words = f"Show more {side} ({characters:,} characters)"
    return f'<button type="button" class="qw-more" data-side="{side}">{words}</button>'


def _inside(range_: tuple[int, int] | None, length: int) -> tuple[int, int] | None:
    """Move a range into a text of this length; None where nothing of it is left."""
    if range_ is None:
        return None
    start, end = max(0, range_[0]), min(length, range_[1])
    return (start, end) if start < end else None


def _window(text: str, cut: tuple[int, int] | None) -> tuple[int, int]:
    """Choose what to show round a range (or of the beginning), from the start of a line where one is near."""
    start, end = cut or (0, 0)
    first, last = max(0, start - SURROUNDINGS), min(len(text), end + SURROUNDINGS)
    if first:
        first = max(first, text.rfind("\n", first - 1000, first) + 1)
    return first, last


# --- HTML: the library ----------------------------------------------------------------------------------------------


def documents_html(summaries: Sequence[Summary], editable: bool = False) -> str:
    """List the documents of a library, each a button that opens its text, and where wanted one that removes it."""
    if not summaries:
        how = (
            "Add some below"
            if editable
            else "Add some with <code>quotewise add FOLDER</code>, then load this page again"
        )
        return (
            '<nav class="qw-documents" aria-label="Documents"><h2>Documents</h2>'
            f'<p class="qw-empty">There are none yet. {how}.</p></nav>'
        )
    shown = "".join(f"<li>{_document_html(summary, editable)}</li>" for summary in summaries[:LONGEST_LIST])
    rest = len(summaries) - LONGEST_LIST
    more = f'<p class="qw-empty">and {rest:,} more</p>' if rest > 0 else ""
    return (
        f'<nav class="qw-documents" aria-label="Documents"><h2>Documents <span>{len(summaries):,}</span></h2>'
        f"<ul>{shown}</ul>{more}</nav>"
    )


def _document_html(summary: Summary, editable: bool) -> str:
    passages = f"{summary.passages:,}\N{NO-BREAK SPACE}passage{'' if summary.passages == 1 else 's'}"
    remove = (
        f'<button type="button" class="qw-remove" data-document="{escape(summary.id)}" '
        f'aria-label="Remove {escape(summary.title)}" title="Remove">×</button>'
    )
    return (
        f'<button type="button" class="qw-open" data-document="{escape(summary.id)}" data-kind="document">'
        f'<span class="qw-title" dir="auto">{escape(summary.title)}</span> <span class="qw-where" '
        f'title="{escape(summary.source)}">{escape(source_name(summary.source))} · {passages}</span></button>'
        f"{remove if editable else ''}"
    )


def file_html(text: str, name: str) -> str:
    """Hand a file to the page, which saves it; without text, `name` says why there is none."""
    return f'<div class="qw-saved" hidden data-name="{escape(name)}">{escape(text)}</div>'


def adding_html() -> str:
    """Make the place where files are added, and where it is told what became of them."""
    known, most = escape(",".join(sorted(LOADERS))), MAX_FILE_BYTES
    return (
        f'<section class="qw-adding" aria-label="Add documents" data-known="{known}" data-most="{most}">'
        '<div class="qw-told" role="status"></div><p class="qw-add">'
        '<button type="button" class="qw-add-files">Add files</button> '
        '<button type="button" class="qw-add-folder">Add a folder</button></p>'
        f'<input type="file" class="qw-files" multiple hidden accept="{known}">'
        '<input type="file" class="qw-folder" webkitdirectory hidden></section>'
    )


def examples_html(questions: Sequence[str]) -> str:
    """Offer questions, each a button that asks it; nothing where there are none."""
    if not questions:
        return ""
    buttons = "".join(
        f'<li><button type="button" class="qw-example" dir="auto">{escape(question)}</button></li>'
        for question in questions
    )
    return f'<section class="qw-examples" aria-label="Questions to try"><h2>Try asking</h2><ul>{buttons}</ul></section>'
