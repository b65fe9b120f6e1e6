"""A text and an exchange made in its question into the text with the same exchange: the other side of a twin.

A question and its twin over one text tell a reader which of them the text answers, but also what exchanged questions
look like, which is easier to learn. With the text exchanged as well there are four pairs: the two that agree have the
answer and the two that do not have none, so neither the look of a question nor that of a text tells anything.
"""

from __future__ import annotations

import re

from training.texts import Text


def exchanged(text: Text, gone: str, put: str) -> Text | None:
    """Put two names, numbers or words in each other's place throughout a text; the answer's range moves with it.

    None where `gone` does not stand in the sentence of the answer (a name or number: in the text), or either of the two
    overlaps the answer, since it is then no longer the answer.
    """
    if not gone or gone.lower() == put.lower():
        return None
    places = list(re.finditer(rf"(?<!\w)(?:{re.escape(gone)}|{re.escape(put)})(?!\w)", text.text, re.IGNORECASE))
    if any(place.start() < text.end and place.end() > text.start for place in places):
        return None
    near = _sentence(text) if gone.islower() else (0, len(text.text))
    if not any(place.group().lower() == gone.lower() and near[0] <= place.start() < near[1] for place in places):
        return None
    pieces, at, moved = [], 0, 0
    for place in places:
        new = _like(put if place.group().lower() == gone.lower() else gone, place.group())
        pieces += [text.text[at : place.start()], new]
        at = place.end()
        if place.end() <= text.start:
            moved += len(new) - len(place.group())
    return Text("".join([*pieces, text.text[at:]]), text.start + moved, text.end + moved)


def _sentence(text: Text) -> tuple[int, int]:
    """Give the range between the full stops round the answer, roughly."""
    start = max(text.text.rfind(end, 0, text.start) for end in (". ", "? ", "! ", "\n", ".”"))
    ends = [at for end in (". ", "? ", "! ", "\n") if (at := text.text.find(end, text.end)) >= 0]
    return start + 1, min(ends, default=len(text.text))


def _like(word: str, model: str) -> str:
    """Begin a word as another one begins, if its letter has a capital that is a letter too (ß has none)."""
    capital = word[:1].upper()
    return capital + word[1:] if model[0].isupper() and capital.lower() == word[:1] else word
