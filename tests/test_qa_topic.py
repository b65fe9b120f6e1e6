"""What a question leaves out: words of the history, told by features that a regression weighs."""

from __future__ import annotations

import json
from importlib.resources import files

import pytest
from hypothesis import given
from hypothesis import strategies as st

from index import load_embedder
from qa.mentions import Turn
from qa.topic import MOST, content_words, left_out, told, word_vectors
from qa.words import rarity, stem
from tests.fakes import HashEmbedder

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
    assert set(weights["alone"]) == set(weights["beside"]) == set(told("Why?", [CANCER])["throat"])
    assert len(weights["vector"]) == load_embedder().dimension


def test_what_a_word_is_in_the_conversation_tells_more_than_its_features() -> None:
    question, turns = (
        "Who can help me with that?",
        [Turn("When is it due?", ""), Turn("How do I file a tax return?", "")],
    )
    assert left_out(question, turns)[1] == []
    assert left_out(question, turns, load_embedder())[1] == ["tax", "return"]
    assert left_out(question, turns, HashEmbedder()) == left_out(question, turns)
    assert left_out(question, [], load_embedder()) == ([], [])


def test_the_vector_of_a_word_is_the_mean_of_its_places_in_the_turns() -> None:
    turns = [Turn("Do bees sleep?", "at night"), Turn("Tell me about the bees' honey.", "")]
    text = "Where do bees live?\nDo bees sleep? at night\nTell me about the bees' honey."
    ranges, vectors = load_embedder().embed_tokens(text)
    places = [n for n, (start, end) in enumerate(ranges) if text[start:end] == "bees"]
    found = word_vectors("Where do bees live?", turns, load_embedder())
    assert len(places) == 3 and found[stem("bees")] == pytest.approx(vectors[places[1:]].mean(axis=0))
    assert {stem(word) for word in ("sleep", "night", "honey")} <= set(found) and stem("live") not in found


def test_words_behind_the_window_are_told_by_their_features() -> None:
    turns = [*[Turn("Is this a question that goes on and on? " * 9, "")] * 9, CANCER]
    assert stem("cancer") not in word_vectors("What are the symptoms?", turns, load_embedder())
    alone, beside = (left_out("What are the symptoms?", turns, way)[0] for way in (None, load_embedder()))
    assert {"throat", "cancer"} & set(alone) == {"throat", "cancer"} & set(beside)


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


@pytest.mark.slow
@given(st.text(max_size=60), st.lists(st.tuples(st.text(max_size=60), st.text(max_size=30)), max_size=4))
def test_no_text_raises_and_few_words_are_taken(question: str, said: list[tuple[str, str]]) -> None:
    turns = [Turn(asked, short) for asked, short in said]
    for taken in (*left_out(question, turns), *left_out(question, turns, load_embedder())):
        assert len(taken) <= MOST and len(set(taken)) == len(taken)
