"""What somebody said is asked for by the verb that a passage has for it; nothing else is asked otherwise."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from index import Document, Hit, Passage
from qa.saying import MOST, said_as

TEXT = (
    "In a tweet, Donald Trump warned that it would be a mistake. Nikki Haley urged restraint, and Turkey was told to "
    "act. The report said that Trump claimed, argued, stressed and admitted much. She threatens nobody."
)


def hits(text: str = TEXT) -> list[Hit]:
    return [Hit(Passage(1, Document(text).id, 0, len(text), text, "News"), 1.0)]


@pytest.mark.parametrize(
    ("asked", "meant"),
    [
        ("What did Nikki Haley say?", "What did Nikki Haley urge?"),
        ("what has haley said about it", "What did haley urge about it"),
        ("What is Haley saying?", "What did Haley urge?"),
        ("What did Haley tell Turkey?", "What did Haley urge Turkey?"),
        ("What does Donald Trump say?", "What does Donald Trump warn?"),
    ],
)
def test_the_verb_is_that_of_the_sentence_that_names_who_said_it(asked: str, meant: str) -> None:
    assert said_as(asked, hits())[0] == meant


@pytest.mark.parametrize(
    "asked",
    [
        "Who said it?",
        "What did Putin say?",
        "What did she say?",
        "What did Haley want?",
        "Say what Haley said",
        "",
        "say",
    ],
)
def test_nothing_else_is_asked_another_way(asked: str) -> None:
    assert said_as(asked, hits()) == []


def test_few_wordings_are_read_each_once_and_not_the_question_again() -> None:
    meant = said_as("What did Trump say?", hits(TEXT * 2))
    assert meant == ["What did Trump warn?", "What did Trump claim?", "What did Trump argue?"]
    assert len(meant) == MOST


@given(st.text(), st.text())
def test_any_text_is_understood(asked: str, text: str) -> None:
    for question in (asked, f"What did {asked} say {text}"):
        assert all(isinstance(wording, str) for wording in said_as(question, hits(text + TEXT)))
