"""What the reader learns from: a text with the answer's place, and the texts that compete for one question."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Text:
    """A text to look for the answer in, as the reader sees it; `start:end` is the answer, (0, 0) if there is none."""

    text: str
    start: int = 0
    end: int = 0


@dataclass(frozen=True, slots=True)
class Group:
    """A question with the texts that compete for its answer; at most one of them holds it."""

    question: str
    texts: tuple[Text, ...]
