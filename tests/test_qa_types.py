"""Citations and answers cannot be built wrong."""

from __future__ import annotations

import dataclasses

import pytest
from hypothesis import given
from hypothesis import strategies as st

from index import Passage
from qa.types import Answer, Citation

TEXT = "Turkey sealed its border. Nine people died. Aid groups warned of bloodshed."
DOCUMENT = "before " + TEXT + " after"
PASSAGE = Passage(0, "doc", 7, 7 + len(TEXT), TEXT, title="A title", source="file.txt", page=3)


def cite(words: str) -> Citation:
    start = DOCUMENT.index(words)
    return Citation(PASSAGE, start, start + len(words))


def test_a_quote_is_the_document_between_its_offsets() -> None:
    citation = cite("Nine people died.")
    assert citation.quote == DOCUMENT[citation.start : citation.end] == "Nine people died."
    assert (citation.document_id, citation.title, citation.source, citation.page) == ("doc", "A title", "file.txt", 3)


@given(st.integers(-5, 100), st.integers(-5, 100))
def test_a_citation_is_words_inside_its_passage_or_an_error(start: int, end: int) -> None:
    inside = PASSAGE.start <= start < end <= PASSAGE.end and DOCUMENT[start:end].strip()
    if inside:
        assert Citation(PASSAGE, start, end).quote == DOCUMENT[start:end]
    else:
        with pytest.raises(ValueError, match="quotes nothing"):
            Citation(PASSAGE, start, end)


def test_an_answer_reads_its_text_and_short_answer_from_its_citations() -> None:
    first, second = cite("Nine people died."), cite("Turkey sealed its border.")
    answer = Answer("How many died?", 0.8, (first, second), span=cite("Nine"))
    assert answer.text == "Nine people died. Turkey sealed its border."
    assert answer.short == "Nine"
    assert not answer.abstained
    assert dataclasses.replace(answer, span=None).short == "Nine people died."


def test_an_abstention_has_a_score_and_no_words() -> None:
    answer = Answer("How many tanks?", 0.1)
    assert answer.abstained
    assert (answer.text, answer.short, answer.score) == ("", "", 0.1)


def test_a_short_answer_outside_the_quotes_is_an_error() -> None:
    with pytest.raises(ValueError, match="outside"):
        Answer("How many died?", 0.8, (cite("Turkey sealed its border."),), span=cite("Nine"))
    with pytest.raises(ValueError, match="outside"):
        Answer("How many died?", 0.8, (), span=cite("Nine"))
    elsewhere = dataclasses.replace(PASSAGE, document_id="other")
    span = Citation(elsewhere, PASSAGE.start, PASSAGE.start + 6)
    with pytest.raises(ValueError, match="outside"):
        Answer("Who?", 0.8, (cite("Turkey sealed its border."),), span=span)


def test_answers_and_citations_are_frozen() -> None:
    with pytest.raises(dataclasses.FrozenInstanceError):
        cite("Nine").start = 0  # type: ignore[misc]
    with pytest.raises(dataclasses.FrozenInstanceError):
        Answer("?").score = 1.0  # type: ignore[misc]
