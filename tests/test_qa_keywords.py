"""Keywords: a few words that ask nothing become a question; whatever asks or says something stays as it is."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from index import Document, Hit, Passage
from qa.keywords import LONGEST, keywords, requested, spelled_out, spoken_of

TEXT = "The HTS rebels hold Idlib. Nikki Haley, the ambassador, warned of chemical weapons."
HITS = [Hit(Passage(1, Document(TEXT).id, 0, len(TEXT), TEXT, "News"), 1.0)]


@pytest.mark.parametrize(
    ("typed", "meant"),
    [
        ("HTS", "Who or what is HTS?"),
        ("hts?", "Who or what is HTS?"),
        ("nikki haley", "Who or what is Nikki Haley?"),
        ("Rebels", "What are Rebels?"),
        ("Sergei Lavrov", "Who or what is Sergei Lavrov?"),
        ("chemical weapons", "What are chemical weapons?"),
        ("the opening hours", "What are the opening hours?"),
        ("refund policy", "What is refund policy?"),
        ("thermal physics", "What are thermal physics?"),
        ("the virus", "What is the virus?"),
        ("Tell me about Idlib.", "Who or what is Idlib?"),
        ("could you please explain the conflict", "What is the conflict?"),
        ("Can you tell me more about the rebels?", "What are the rebels?"),
        ("definition of gallows", "What are gallows?"),
        ("And Nikki Haley?", "Who or what is Nikki Haley?"),
        ("But what about the rebels?", "What are the rebels?"),
    ],
)
def test_a_few_words_become_a_question(typed: str, meant: str) -> None:
    assert spelled_out(typed, HITS) == meant


@pytest.mark.parametrize(
    "asked",
    [
        "Who bombed the stronghold?",
        "tell me who bombed the stronghold",
        "Explain why Russia attacked",
        "Russia will win",
        "Did Trump warn Assad?",
        "the",
        "about it",
        "",
        "?!",
        "a long list of words that goes on and on without any verb",
        "x" * (LONGEST + 1),
        "🐝",
    ],
)
def test_what_asks_or_says_something_stays_as_it_is(asked: str) -> None:
    assert keywords(asked) == spelled_out(asked, HITS) == "" and not spoken_of(asked, HITS)


NAMES = "Theresa May became prime minister in 2016. The WHO wrote guidelines, and who read them will know."


@pytest.mark.parametrize(
    ("typed", "meant"),
    [
        ("theresa may", "Who or what is Theresa May?"),
        ("WHO guidelines", "What are WHO guidelines?"),
        ("WHO WROTE THEM", ""),
        ("who wrote guidelines", ""),
        ("will know", ""),
        ("may", ""),
    ],
)
def test_a_name_that_has_a_word_that_asks_is_a_name_where_the_documents_say_so(typed: str, meant: str) -> None:
    named = [Hit(Passage(1, Document(NAMES).id, 0, len(NAMES), NAMES, "News"), 1.0)]
    assert spelled_out(typed, named) == meant and spoken_of(typed, named) == bool(meant)
    assert not spelled_out("theresa may", HITS)


@pytest.mark.parametrize("asked", ["What about Nikki Haley?", "And what about HTS?", "tell me about Idlib"])
def test_what_is_requested_by_name_is_told(asked: str) -> None:
    assert requested(asked)
    assert not requested(asked + " and why did it start?") and not requested("Nikki Haley") and not requested("")


def test_a_passage_speaks_of_keywords_if_it_has_all_of_them() -> None:
    assert spoken_of("chemical weapons", HITS) and spoken_of("tell me about the ambassador", HITS)
    assert not spoken_of("chemical plants", HITS) and not spoken_of("chemical weapons", [])


@given(st.text(max_size=300))
def test_any_text_is_keywords_or_none(text: str) -> None:
    phrase = keywords(text)
    assert phrase in text and bool(phrase) == bool(spelled_out(text, []))
