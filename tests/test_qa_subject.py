"""A question that turns to something else is searched alone, and a topic is shown in words that name something."""

from __future__ import annotations

from collections.abc import Sequence

import pytest
from hypothesis import given
from hypothesis import strategies as st

from index import Document, Index, load_embedder
from index.embed import Vectors
from qa import Answer, ask
from qa.mentions import Turn
from qa.retrieve import retrieve
from qa.subject import fitting, subject, turns_away
from tests.fakes import HashEmbedder

HALEY = [Turn("Who is Nikki Haley?", "US ambassador")]


@pytest.mark.parametrize(
    "question",
    [
        "Who painted the Mona Lisa?",
        "Where is Mount Everest?",
        "Who wrote Hamlet?",
        "Who is Staffan de Mistura?",
        "And who was Joseph Dunford?",
    ],
)
def test_a_question_that_names_something_else_turns_away(question: str) -> None:
    assert turns_away(question, HALEY, load_embedder())


@pytest.mark.parametrize(
    ("question", "turns"),
    [
        ("Who painted the Mona Lisa?", []),
        ("How old is she?", HALEY),
        ("What are the symptoms?", HALEY),
        ("What did Haley urge?", HALEY),
        ("How is it related to Old Norse?", [Turn("Where do the Germanic languages come from?", "")]),
        ("What is the Christmas Lottery?", [Turn("What do Spanish people do on Christmas day?", "")]),
        ("Is the Spy Museum free?", [Turn("Which Smithsonian museums are the most popular?", "")]),
    ],
)
def test_a_question_that_goes_on_does_not(question: str, turns: list[Turn]) -> None:
    assert not turns_away(question, turns, load_embedder())


def test_what_turns_away_is_found_as_in_a_conversation_of_its_own(index: Index) -> None:
    index.add_documents([Document("Ann Lee lives by the river. Ann Lee is old.", title="Ann Lee")])
    history = [Answer("Who is Ann Lee?", asked_as="Who is Ann Lee?")]
    question = "Why do Whales sing under water at night?"
    answer = ask(question, index, history)
    assert (answer.hits, answer.about) == (tuple(retrieve(question, 5, index)), "")


def test_the_words_of_a_topic_name_something() -> None:
    turns = [Turn("How many strikes were recorded?", "45"), Turn("What did Lavrov call the fighters?", "an abscess")]
    assert subject("Lavrov call fighters strikes recorded", turns) == "Lavrov fighters strikes"
    assert subject("throat cancer treated", [Turn("How is throat cancer treated?", "")]) == "throat cancer"
    assert subject("harmful", [Turn("Is it harmful?", "")]) == "harmful", "what names nothing is better than nothing"
    assert subject("", turns) == ""


@given(st.text(max_size=60), st.lists(st.tuples(st.text(max_size=60), st.text(max_size=30)), max_size=3))
def test_no_text_raises(question: str, said: list[tuple[str, str]]) -> None:
    turns = [Turn(asked, short) for asked, short in said]
    assert turns_away(question, turns, HashEmbedder()) in (True, False)
    assert isinstance(subject(question, turns), str)


def test_nothing_is_embedded_where_there_is_nothing_to_choose() -> None:
    class Unused(HashEmbedder):
        def embed_queries(self, texts: Sequence[str]) -> Vectors:
            raise AssertionError(texts)

    question = "Who painted the Mona Lisa?"
    assert fitting(question, [question], HALEY, Unused()) == [question]
    assert fitting(question, [question, question], HALEY, Unused()) == [question, question]
    assert fitting(question, ["Who painted it?", "it Haley"], HALEY, Unused()) == ["Who painted it?", "it Haley"]
