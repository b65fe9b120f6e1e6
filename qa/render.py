"""Turns answers and documents into HTML, JSON and plain text, every character of theirs escaped; pure."""

from __future__ import annotations

import html
import re
from collections.abc import Iterable, Sequence
from dataclasses import asdict
from typing import Any

from index import Hit, Passage

from .advice import KEYWORDS, SUMMARY, TALK, advice
from .choose import names_something
from .ellipsis import beside
from .listed import LEAST_OTHER as LEAST_OTHER
from .types import Answer, Citation

NOT_FOUND = "Not in these documents."
NO_QUOTE = "No quote answers this."  # said instead where the documents may, but a quote hardly can
LONGEST_QUESTION = 2_000  # characters of a question shown
LONGEST_SHORT = 80  # characters of a short answer that is set large above its sentence; a longer one is only marked
# of the answers to `squad2_dev_tune`, where half of the questions have one, 87 % were right from .8 on, 72 % from .6 to
# .8, and 60 % below that; of real search questions 68, 42 and 29 %
_SURENESS = ((0.8, "likely"), (0.6, "perhaps"), (0.0, "not sure"))
_SURROGATE = re.compile("[\ud800-\udfff]")
COMMANDS = "\x00-\x08\x0b-\x1f\x7f-\x9f"
"""Ranges of characters by which a document could move a terminal's cursor, colour it or type for who reads it."""
_CONTROL = re.compile(f"[{COMMANDS}\u202a-\u202e\u2066-\u2069]")


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
        "about": _SURROGATE.sub("\ufffd", answer.about),
        "short": answer.short,
        "text": answer.text,
        "score": float(answer.score),
        "abstained": answer.abstained,
        "advice": advised_of(answer),
        "documents": list(answer.documents),
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
    asked = [f"({_plain(understood(answer))})", ""] if was_resolved(answer) else []
    if answer.abstained:
        said, hits = not_found(answer)
        return "\n".join([*asked, *said, *_nearest_text(hits)])
    short = [_plain(answer.short), ""] if answer.span else []
    quotes = [f"“{_plain(citation.quote)}” [{n}]" for n, citation in enumerate(answer.citations, 1)]
    sources = [f"[{n}] {_plain(place(citation))}" for n, citation in enumerate(answer.citations, 1)]
    return "\n".join(
        [*asked, *short, *quotes, "", *sources, "", f"{sureness(answer.score)} ({_percent(answer.score)})"]
    )


def advised_of(answer: Answer) -> str:
    """Say what to ask instead of a question that was not answered, where another would do better; else ""."""
    return advice(answer.asked_as or answer.question, answer.hits) if answer.abstained else ""


def not_found(answer: Answer) -> tuple[list[str], Sequence[Hit]]:
    """Say that there is no answer, and what to ask instead where another question would do better.

    With it come the passages that are shown: none is near to what was no question about documents.
    """
    advised = advised_of(answer)
    if advised == TALK:
        return [TALK], ()
    return [NO_QUOTE, advised] if advised else [NOT_FOUND], answer.hits


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
    """Say whether something else was understood than the question that was asked."""
    return _reworded(answer) or bool(topic(answer))


def _reworded(answer: Answer) -> bool:
    return bool(answer.asked_as) and answer.asked_as.strip() != answer.question.strip()


def topic(answer: Answer) -> str:
    """Give the topic that joined the search, where it tells how the question was understood.

    A question that was reworded says so itself; and of one that names what it is about and was asked in vain, what
    joined the search was no topic, nor of what is no question about one thing.
    """
    if not answer.about or _reworded(answer):
        return ""
    in_vain = answer.abstained and (names_something(answer.question) or advised_of(answer) in (TALK, SUMMARY))
    return "" if in_vain else answer.about


def understood(answer: Answer) -> str:
    """Say in a line what a question was understood as: `asked as: What are the symptoms? about: throat cancer`."""
    about = topic(answer)
    return f"asked as: {answer.asked_as}" + (f" about: {about}" if about else "")


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


def question_html(question: str, number: int, asked: str = "") -> str:
    """Show a question as the heading of its turn, shortened where it is endless, and what it was `asked` as (HTML)."""
    shown = question if len(question) <= LONGEST_QUESTION else question[:LONGEST_QUESTION] + "…"
    return (
        f'<h2 class="qw-question" id="qw-question-{number}" dir="auto">{escape(shown)}</h2>'
        '<button type="button" class="qw-edit" aria-label="Edit this question and ask again" title="Edit">✎</button>'
        + asked
    )


def _asked_html(answer: Answer) -> str:
    """Show what was searched for instead of a question, the topic that joined the search too, and let it be changed."""
    if not was_resolved(answer):
        return ""
    named = topic(answer)
    whole = beside(answer.asked_as, named.split())
    about = f' <span class="qw-about" dir="auto">(about: {escape(named)})</span>' if named else ""
    return (
        f'<p class="qw-asked">asked as: <span dir="auto" data-whole="{escape(whole)}">{escape(answer.asked_as)}</span>'
        f'{about} <button type="button" class="qw-reword" aria-label="Change what was asked, and ask again" '
        'title="Change">✎</button></p>'
    )


def answer_html(answer: Answer, number: int, seconds: float | None = None, record: str = "", among: str = "") -> str:
    """Show an answered turn: the question, the short answer marked in its quoted sentence, the numbered sources.

    Below them stands how sure the reader is and how long it took; other answers that it saw are folded away. `record`
    is what the browser keeps of the turn, `among` the HTML that names the documents it went to, where not to all.
    """
    body = _found_html(answer, number, seconds) if answer.citations else _not_found_html(answer, number)
    return _turn_html(question_html(answer.question, number, _asked_html(answer)) + among + body, number, record=record)


def sureness(score: float) -> str:
    """Say in a word or two how probable it is that an answer is right."""
    return next(words for least, words in _SURENESS if score >= least)


def pending_html(question: str, number: int, stage: str, among: str = "", found: Answer | None = None) -> str:
    """Show a turn that is being answered, and what is being done; what it is asked as once something is `found`."""
    head = question_html(question, number, _asked_html(found) if found else "")
    return _turn_html(head + among + f'<p class="qw-stage">{escape(stage)}</p>', number, pending=True)


def failure_html(question: str, number: int, message: str, record: str = "") -> str:
    """Show a turn that could not be answered, and why, in one sentence; `record` is what the browser keeps of it."""
    body = question_html(question, number) + f'<p class="qw-failure">{escape(message)}</p>'
    return _turn_html(body, number, record=record)


def unanswered_html(question: str, number: int, why: str, among: str = "") -> str:
    """Show a turn that was not answered and can be asked again; `among` as in `answer_html`."""
    again = '<button type="button" class="qw-again">Ask again</button>'
    body = f'{question_html(question, number)}{among}<p class="qw-failure">{escape(why)} {again}</p>'
    return _turn_html(body, number)


def conversation_html(turns: Sequence[str], older: int = 0) -> str:
    """Put turns into the live region that screen readers follow; so many `older` ones are not shown, but can be."""
    many = f"{older:,} earlier {counted(older, 'question')}"
    above = f'<p><button type="button" class="qw-older">Show {many}</button></p>' if older > 0 else ""
    return (
        f'<div class="qw-turns" role="log" aria-live="polite" aria-label="Conversation">{above}{"".join(turns)}</div>'
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


def _not_found_html(answer: Answer, number: int) -> str:
    """Say that there is no answer, and fold away the nearest passages."""
    (none, *advised), hits = not_found(answer)
    said = f'<p class="qw-none">{none}</p>' + "".join(f'<p class="qw-advice">{line}</p>' for line in advised)
    if not hits:
        return said
    nearest = "".join(
        f"<li>{_open_button(hit.passage, '', 'passage')}"
        f'<p class="qw-passage-text" dir="auto">{escape(hit.passage.text)}</p></li>'
        for hit in hits
    )
    summary = "The closest passages, but they do not answer it" if len(hits) > 1 else "Closest, but it does not answer"
    shown = " open" if advised == [KEYWORDS] else ""  # who searches for words wants to see where they are
    return (
        f'{said}<details class="qw-nearest" id="qw-nearest-{number}"{shown}><summary>{summary}</summary>'
        f"<ol>{nearest}</ol></details>"
    )


def _open_button(cited: Citation | Passage, label: str, kind: str) -> str:
    """Make the button that opens a document at a quote or a passage."""
    number = f'<span class="qw-number">{escape(label)}</span> ' if label else ""
    passage = cited.passage if isinstance(cited, Citation) else cited
    return (
        f'<button type="button" class="qw-open" data-document="{escape(cited.document_id)}" data-kind="{kind}" '
        f'data-start="{cited.start}" data-end="{cited.end}" data-from="{passage.start}" data-to="{passage.end}">'
        f'{number}<span class="qw-title" dir="auto">{escape(cited.title)}</span> '
        f'<span class="qw-where" title="{escape(cited.source)}">{where_html(cited.source, cited.page)}</span></button>'
    )


def where_html(source: str, page: int | None) -> str:
    """Say in small where something stands: the file's name, and the page where there are pages."""
    return escape(source_name(source) + (f" · page {page}" if page is not None else ""))


def marked(text: str, cut: tuple[int, int] | None, tag: str = 'mark class="qw-mark"') -> str:
    """Escape a text and put the range `cut` of it into an element."""
    if cut is None:
        return escape(text)
    start, end = cut
    return f"{escape(text[:start])}<{tag}>{escape(text[start:end])}</{tag.split()[0]}>{escape(text[end:])}"


def counted(count: int, noun: str) -> str:
    """Give a noun as it stands behind a number: "passage" for 1, "passages" for others."""
    return noun if count == 1 else f"{noun}s"


def source_name(source: str) -> str:
    """Shorten a path or an address to its last part; several, joined by "; ", each."""
    return "; ".join(re.split(r"[/\\]", part.rstrip("/\\"))[-1] for part in source.split("; "))


# --- HTML: beside the conversation ---------------------------------------------------------------------------------


def examples_html(questions: Sequence[str], title: str = "") -> str:
    """Offer questions, each a button that asks it; nothing where there are none. `title` names the one document."""
    if not questions:
        return ""
    buttons = "".join(
        f'<li><button type="button" class="qw-example" dir="auto">{escape(question)}</button></li>'
        for question in questions
    )
    about = f' about <span class="qw-title" dir="auto">{escape(title)}</span>' if title else ""
    return (
        f'<section class="qw-examples" aria-label="Questions to try"><h2>Try asking{about}</h2>'
        f"<ul>{buttons}</ul></section>"
    )
