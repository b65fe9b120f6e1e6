"""Advice: where no quote could answer, the page says what to ask instead; of other questions it says nothing."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from index import Document, Hit, Passage
from qa.advice import KEYWORDS, SUMMARY, TALK, YES_OR_NO, advice

TEXT = "Nikki Haley warned of chemical weapons."
HITS = [Hit(Passage(1, Document(TEXT).id, 0, len(TEXT), TEXT, "News"), 1.0)]


@pytest.mark.parametrize(
    "question", ["Is it true?", "Did Trump warn Assad?", "can't they leave", "Won’t she go?", "ARE THEY"]
)
def test_a_quote_seldom_says_yes_or_no(question: str) -> None:
    assert advice(question, HITS) == YES_OR_NO


@pytest.mark.parametrize(
    "question",
    [
        "Summarize the document",
        "please summarise this for me",
        "Can you give me a short summary?",
        "What is this document about?",
        "what's it about",
        "What are the main points?",
        "tl;dr",
        "Translate it into German.",
        "an overview of the war",
    ],
)
def test_nothing_is_summed_up(question: str) -> None:
    assert advice(question, HITS) == SUMMARY


@pytest.mark.parametrize(
    "question",
    [
        "hello",
        "Hi there!",
        " Thank you very much. ",
        "thanks for your help!",
        "What can you do?",
        "help",
        "Who are you?",
        "OK, thx!",
        "Tell me more",
    ],
)
def test_talk_is_answered_with_what_to_ask(question: str) -> None:
    assert advice(question, HITS) == TALK


def test_keywords_that_a_passage_speaks_of_are_to_become_a_question() -> None:
    assert advice("chemical weapons", HITS) == KEYWORDS
    assert advice("chemical plants", HITS) == advice("chemical weapons", []) == ""
    text = "Will Smith won."
    named = [Hit(Passage(1, Document(text).id, 0, len(text), text, "News"), 1.0)]
    assert advice("will smith", named) == KEYWORDS and advice("will smith", HITS) == YES_OR_NO


@pytest.mark.parametrize(
    "question",
    [
        "Who painted the Mona Lisa?",
        "What is the war about oil called?",
        "Can you tell me who bombed the stronghold?",
        "Who is the help desk's head?",
        "What did the summary say?",
        "Hello Kitty was drawn by whom?",
        "testimony",
        "Tell me more about the war.",
        "Thanks to whom was the war won?",
        "No-fly zone",
        "",
    ],
)
def test_of_other_questions_nothing_is_said(question: str) -> None:
    assert advice(question, HITS) == ""


@given(st.text(max_size=2000))
def test_any_text_is_advised_in_one_of_these_sentences(text: str) -> None:
    assert advice(text, HITS) in ("", YES_OR_NO, SUMMARY, TALK, KEYWORDS)
