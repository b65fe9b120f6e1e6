"""Questions over passages that do not answer them: the four sides of a twin, and what people ask that is not told."""

from __future__ import annotations

import random

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from training.attributes import asked_in_vain
from training.other_side import exchanged
from training.texts import Text

TOLD = "The harbour at Belm was built by Ada Vale in 1874. Old Corvo was never rebuilt, and Belm grew."
WORDS = st.sampled_from(["Belm", "Corvo", "built", "1874", "the", "Ada Vale", "naïve", "a.b", "(", "Élan", "BELM", "ß"])


def holding(text: str, answer: str) -> Text:
    return Text(text, text.index(answer), text.index(answer) + len(answer))


def test_both_names_change_places_throughout_and_the_answer_moves_along() -> None:
    other = exchanged(holding(TOLD, "Ada Vale"), "Belm", "Corvo")
    assert other is not None
    assert (
        other.text == "The harbour at Corvo was built by Ada Vale in 1874. Old Belm was never rebuilt, and Corvo grew."
    )
    assert other.text[other.start : other.end] == "Ada Vale"


def test_a_word_is_exchanged_in_the_sentence_of_the_answer_only_if_it_stands_there() -> None:
    assert exchanged(holding(TOLD, "Ada Vale"), "rebuilt", "sold") is None
    other = exchanged(holding(TOLD, "Ada Vale"), "built", "sold")
    assert other is not None and "was sold by Ada Vale" in other.text and "never rebuilt" in other.text


def test_a_word_keeps_the_capital_of_its_place() -> None:
    other = exchanged(holding("Old houses of Arnon fell.", "Arnon"), "old", "new")
    assert other is not None and other.text == "New houses of Arnon fell."


@pytest.mark.parametrize(
    ("gone", "put"), [("Ada", "Bo"), ("Belm", "Vale"), ("Dunst", "Belm"), ("", "Bo"), ("Belm", "belm")]
)
def test_what_would_touch_the_answer_or_is_not_there_is_not_exchanged(gone: str, put: str) -> None:
    assert exchanged(holding(TOLD, "Ada Vale"), gone, put) is None


@given(st.lists(WORDS, min_size=1, max_size=12), st.integers(0, 11), WORDS, WORDS)
@example(["Corvo", "ß", "Ada"], 2, "ß", "Corvo")
def test_the_answer_is_exact_and_a_second_exchange_undoes_the_first(
    words: list[str], at: int, gone: str, put: str
) -> None:
    at %= len(words)
    start = len(" ".join(words[:at])) + (at > 0)
    text = Text(" ".join(words), start, start + len(words[at]))
    other = exchanged(text, gone, put)
    if other is None:
        return
    assert other.text[other.start : other.end] == words[at]
    back = exchanged(other, put, gone)
    assert back is None or back.text.casefold() == text.text.casefold()


def test_what_is_asked_in_vain_is_about_a_name_and_not_told() -> None:
    passage = "In spring the minister, with officer Bo Lind, saw that Corvo Island had become green."
    asked = {asked_in_vain(passage, random.Random(i)) for i in range(200)}
    assert None not in asked and len(asked) > 15
    assert all("Bo Lind" in str(question) or "Corvo Island" in str(question) for question in asked)
    assert "What is the population of Corvo Island?" in asked
    assert not any("president" in str(question) or "leads" in str(question) for question in asked)  # of the minister
    assert asked_in_vain("it rained, and nobody came.", random.Random(1)) is None
