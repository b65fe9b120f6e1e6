"""Documents into questions that they answer, for a person who does not know yet what to ask."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable

from index import Document

from .candidates import Candidate, candidate_questions
from .types import Answer

SURE_ENOUGH = 0.6
"""Probability from which an answer is shown as an example, if it is words of the very sentence that was asked about."""

TRIED = 30
"""Questions of one document that are asked at most before it is left."""


def suggested_questions(
    documents: Iterable[Document],
    answer: Callable[[str], Answer],
    most: int = 3,
    seconds: float = 5.0,
    wait: Callable[[], object] = lambda: None,
) -> list[str]:
    """Choose questions that are likely answered right, with words of the very sentence that they were made from.

    Documents are visited in turn, so that several have their say. Stops at `most` questions, or after `seconds` of
    asking; before each, `wait` lets pass what is more urgent.
    """
    made = [(document.id, iter(list(candidate_questions(document.text))[:TRIED])) for document in documents]
    chosen: dict[str, tuple[str, int]] = {}
    spent = 0.0
    while made and len(chosen) < most and spent < seconds:
        for document_id, candidates in list(made):
            candidate = next((one for one in candidates if (document_id, one.start) not in chosen.values()), None)
            if candidate is None:
                made.remove((document_id, candidates))
            elif len(chosen) < most and spent < seconds:
                wait()
                since = time.monotonic()
                if answers(answer(candidate.question), candidate, document_id):
                    chosen[candidate.question] = (document_id, candidate.start)
                spent += time.monotonic() - since
    return list(chosen)


def answers(answer: Answer, candidate: Candidate, document_id: str) -> bool:
    """Say whether an answer is likely right: sure enough, and words of the sentence that are not in the question."""
    if answer.abstained or answer.score < SURE_ENOUGH:
        return False
    short = answer.span or answer.citations[0]
    return (
        short.document_id == document_id
        and candidate.start <= short.start < short.end <= candidate.end
        and short.quote.casefold() not in candidate.question.casefold()
    )
