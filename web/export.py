"""A conversation into a file to keep or to send: Markdown, a web page that needs nothing else, or JSON."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from importlib.resources import files

from qa import Citation
from qa.markdown import block_quote, line
from qa.render import answer_record, escape, marked, not_found, overlap, place, sureness, understood, was_resolved
from qa.render_library import among

from .conversation import GONE, Recalled


def to_markdown(turns: Sequence[Recalled], titles: Mapping[str, str]) -> str:
    """Write a conversation as Markdown: each question a heading, each quote a block quote with its source.

    `titles` are those of the documents that questions went to, by their ids.
    """
    parts = ["# Conversation with my documents"]
    for turn in turns:
        parts.append(f"## {line(turn.question)}")
        if not (answer := turn.answer):
            parts.append(GONE)
            continue
        if was_resolved(answer):
            parts.append(f"*{line(understood(answer))}*")
        if answer.documents:
            parts.append(f"*in: {line(', '.join(among(answer.documents, titles, None)))}*")
        if answer.abstained:
            said, _ = not_found(answer)
            parts.append(said[0])
            continue
        parts.append(f"**{line(answer.short)}** ({sureness(answer.score)})")
        for citation in answer.citations:
            parts.append(block_quote(citation.quote))
            parts.append(f"— {line(place(citation))}")
    return "\n\n".join(parts) + "\n"


def to_html(turns: Sequence[Recalled], titles: Mapping[str, str]) -> str:
    """Write a conversation as one page: every quote leads to its passage below, with the quoted words marked there."""
    parts: list[str] = []
    passages: list[str] = []
    for turn in turns:
        parts.append(f"<h2>{escape(turn.question)}</h2>")
        if not (answer := turn.answer):
            parts.append(f"<p>{GONE}</p>")
            continue
        if was_resolved(answer):
            parts.append(f'<p class="small">{escape(understood(answer))}</p>')
        if answer.documents:
            names = ", ".join(among(answer.documents, titles, None))
            parts.append(f'<p class="small">in: {escape(names)}</p>')
        if answer.abstained:
            said, _ = not_found(answer)
            parts.append(f"<p>{said[0]}</p>")
            continue
        parts.append(f'<p class="short">{escape(answer.short)}</p>')
        for citation in answer.citations:
            number = len(passages) + 1
            passages.append(_passage_html(citation, number))
            parts.append(
                f"<blockquote>{marked(citation.quote, overlap(citation, answer.span), 'mark')}</blockquote>"
                f'<p class="small"><a href="#passage-{number}">[{number}] {escape(place(citation))}</a>'
                f" · {sureness(answer.score)}</p>"
            )
    below = f"<h2>The passages</h2>{''.join(passages)}" if passages else ""
    return (
        '<!doctype html><html lang="en"><head><meta charset="utf-8"><title>Conversation</title>'
        '<meta name="viewport" content="width=device-width"><meta http-equiv="content-security-policy" '
        f"content=\"default-src 'none'; style-src 'unsafe-inline'\"><style>{_style()}</style></head><body>"
        f"<h1>Conversation with my documents</h1>{''.join(parts)}{below}</body></html>\n"
    )


def to_json(turns: Sequence[Recalled], _: Mapping[str, str]) -> str:
    """Write a conversation as a list of answers, as the API gives them; `failed` says where one is gone."""
    records = [
        answer_record(turn.answer) if turn.answer else {"question": turn.question, "failed": GONE} for turn in turns
    ]
    return json.dumps(records, indent=2, ensure_ascii=False) + "\n"


FORMATS: dict[str, Callable[[Sequence[Recalled], Mapping[str, str]], str]] = {
    "md": to_markdown,
    "html": to_html,
    "json": to_json,
}
"""What a conversation can be exported as, by the file's suffix."""


def _style() -> str:
    return files(__package__).joinpath("assets/export.css").read_text(encoding="utf-8")


def _passage_html(citation: Citation, number: int) -> str:
    passage = citation.passage
    return (
        f'<section id="passage-{number}">'
        f'<p class="small">[{number}] {escape(place(citation))}</p>'
        f'<p class="passage">{marked(passage.text, overlap(passage, citation), "mark")}</p></section>'
    )
