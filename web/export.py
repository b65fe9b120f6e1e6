"""A conversation into a file to keep or to send: Markdown, a web page that needs nothing else, or JSON."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Sequence
from importlib.resources import files

from qa import Answer, Citation
from qa.render import NOT_FOUND, answer_record, escape, sureness


def to_markdown(answers: Sequence[Answer]) -> str:
    """Write a conversation as Markdown: each question a heading, each quote a block quote with its source."""
    parts = ["# Conversation with my documents"]
    for answer in answers:
        parts.append(f"## {_line(answer.question)}")
        if answer.asked_as and answer.asked_as != answer.question:
            parts.append(f"*asked as: {_line(answer.asked_as)}*")
        if answer.abstained:
            parts.append(NOT_FOUND)
            continue
        parts.append(f"**{_line(answer.short)}** ({sureness(answer.score)})")
        for citation in answer.citations:
            parts.append("\n".join(f"> {_escaped(line)}" for line in citation.quote.splitlines()))
            parts.append(f"— {_line(citation.title)}{_line(_where(citation))}")
    return "\n\n".join(parts) + "\n"


def to_html(answers: Sequence[Answer]) -> str:
    """Write a conversation as one page: every quote leads to its passage below, with the quoted words marked there."""
    turns: list[str] = []
    passages: list[str] = []
    for answer in answers:
        turns.append(f"<h2>{escape(answer.question)}</h2>")
        if answer.asked_as and answer.asked_as != answer.question:
            turns.append(f'<p class="small">asked as: {escape(answer.asked_as)}</p>')
        if answer.abstained:
            turns.append(f"<p>{NOT_FOUND}</p>")
            continue
        turns.append(f'<p class="short">{escape(answer.short)}</p>')
        for citation in answer.citations:
            number = len(passages) + 1
            passages.append(_passage_html(citation, number))
            turns.append(
                f"<blockquote>{_marked(citation.quote, answer.span, citation.start)}</blockquote>"
                f'<p class="small"><a href="#passage-{number}">[{number}] {escape(citation.title)}</a>'
                f"{escape(_where(citation))} · {sureness(answer.score)}</p>"
            )
    below = f"<h2>The passages</h2>{''.join(passages)}" if passages else ""
    return (
        '<!doctype html><html lang="en"><head><meta charset="utf-8"><title>Conversation</title>'
        '<meta name="viewport" content="width=device-width"><meta http-equiv="content-security-policy" '
        f"content=\"default-src 'none'; style-src 'unsafe-inline'\"><style>{_style()}</style></head><body>"
        f"<h1>Conversation with my documents</h1>{''.join(turns)}{below}</body></html>\n"
    )


def to_json(answers: Sequence[Answer]) -> str:
    """Write a conversation as a list of answers, as the API gives them."""
    return json.dumps([answer_record(answer) for answer in answers], indent=2, ensure_ascii=False) + "\n"


FORMATS: dict[str, Callable[[Sequence[Answer]], str]] = {"md": to_markdown, "html": to_html, "json": to_json}
"""What a conversation can be exported as, by the file's suffix."""


def _style() -> str:
    return files(__package__).joinpath("assets/export.css").read_text(encoding="utf-8")


def _passage_html(citation: Citation, number: int) -> str:
    passage = citation.passage
    return (
        f'<section id="passage-{number}">'
        f'<p class="small">[{number}] {escape(citation.title)}{escape(_where(citation))}</p>'
        f'<p class="passage">{_marked(passage.text, citation, passage.start)}</p></section>'
    )


def _marked(text: str, range_: Citation | None, offset: int) -> str:
    """Mark a range of a text that begins at an offset of its document."""
    if range_ is None:
        return escape(text)
    start, end = max(0, range_.start - offset), min(len(text), range_.end - offset)
    if start >= end:
        return escape(text)
    return f"{escape(text[:start])}<mark>{escape(text[start:end])}</mark>{escape(text[end:])}"


def _where(citation: Citation) -> str:
    page = f", page {citation.page}" if citation.page is not None else ""
    return f" ({citation.source}{page})" if citation.source else page


def _line(text: str) -> str:
    return _escaped(" ".join(text.split()))


def _escaped(text: str) -> str:
    """Escape what Markdown would take for markup, HTML included."""
    return re.sub(r"([\\`*_{}\[\]<>#|!&~])", r"\\\1", re.sub(r"[\x00-\x08\x0b-\x1f\x7f]", "\ufffd", text))
