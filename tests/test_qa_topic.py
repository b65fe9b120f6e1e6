"""What a question leaves out: words of the history, told by features that a regression weighs."""

from __future__ import annotations

import json
from importlib.resources import files

from hypothesis import given
from hypothesis import strategies as st

from qa.mentions import Turn
from qa.topic import MOST, content_words, left_out, told
from qa.words import rarity

CANCER = Turn("What is throat cancer?", "")


def test_a_question_without_its_subject_is_given_it() -> None:
    assert left_out("What are the symptoms?", [CANCER]) == (["throat", "cancer"], ["throat", "cancer"])
    history = [Turn("Is smoking harmful?", ""), CANCER]
    possibly, probably = left_out("What are the symptoms?", history)
    assert {"throat", "cancer"} <= set(probably) <= set(possibly)


def test_words_that_the_question_has_are_not_left_out() -> None:
    assert left_out("What are the symptoms of throat cancers?", [CANCER]) == ([], [])
    assert left_out("What are the symptoms?", []) == ([], [])
    assert "Tell" not in told("Why?", [Turn("Tell me about bees.", "")])


def test_the_weights_are_of_these_very_features() -> None:
    weights = json.loads(files("qa").joinpath("topic.json").read_text())
    assert set(weights) == set(told("Why?", [CANCER])["throat"])


def test_where_a_word_was_said_is_told() -> None:
    turns = [Turn("Where does Anna keep bees?", "in Bonn"), CANCER]
    features = told("Is it large?", turns)
    assert (features["cancer"]["first"], features["cancer"]["last"]) == (1.0, 0.0)
    assert (features["Anna"]["first"], features["Anna"]["last"], features["Anna"]["name"]) == (0.0, 1.0, 1.0)
    assert features["Bonn"]["answered"] == 1.0 and features["bees"]["answered"] == 0.0
    assert features["bees"]["pronoun"] == 1.0 and told("Is Rome large?", turns)["bees"]["pronoun"] == 0.0


def test_what_was_introduced_last_and_what_is_rare_is_told() -> None:
    turns = [Turn("Where do they live?", ""), Turn("Tell me about whales.", ""), CANCER]
    features = told("What do they eat?", turns)
    assert (features["whales"]["introduced"], features["cancer"]["introduced before"]) == (1.0, 1.0)
    assert features["whales"]["introduced before"] == features["live"]["introduced"] == 0.0
    assert features["whales"]["introduced, pronoun"] == 1.0
    assert 0 < rarity("city") < rarity("diet") < rarity("Chattanooga") == 1.0 and rarity("the") < 0.1


def test_a_measure_that_was_asked_for_is_no_topic() -> None:
    assert [word.text for word in content_words("How old is Nikki Haley?")] == ["Nikki", "Haley"]
    assert [word.text for word in content_words("Is the old bridge far?")] == ["old", "bridge", "far"]


@given(st.text(max_size=60), st.lists(st.tuples(st.text(max_size=60), st.text(max_size=30)), max_size=4))
def test_no_text_raises_and_few_words_are_taken(question: str, said: list[tuple[str, str]]) -> None:
    for taken in left_out(question, [Turn(asked, short) for asked, short in said]):
        assert len(taken) <= MOST and len(set(taken)) == len(taken)
