"""Several wordings of a question: what the documents hold decides, and nothing is dragged in."""

from __future__ import annotations

import math
import re
from collections.abc import Sequence

import pytest

from index import Document, Hit, Index, Passage
from qa import Answer, Citation, ask
from qa.choose import OWN, SURE, about, search, stands_alone, together
from qa.follow_up import candidates
from qa.retrieve import retrieve


def ranking(*scores: tuple[int, float]) -> list[Hit]:
    return [Hit(Passage(i, "doc", 0, 4, "text"), score) for i, score in scores]


def odds(own: float, topic: float) -> float:
    return 1 / (1 + math.exp(-(own + 2 * topic) / 3))


WEIGHTS = [0.5, 1.0]


def log_odds(p: float) -> float:
    return math.log(p / (1 - p))


def turn(question: str, short: str = "") -> Answer:
    if not short:
        return Answer(question, asked_as=question)
    citation = Citation(Passage(0, "doc", 0, len(short), short), 0, len(short))
    return Answer(question, 0.9, (citation,), asked_as=question)


def test_a_topic_counts_twice_as_much_as_the_question_alone() -> None:
    own, topic = ranking((1, 0.5), (2, 0.2)), ranking((2, 0.8), (3, 0.6))
    hits = together([own, topic], WEIGHTS)
    low, high = log_odds(0.2), log_odds(0.6)
    expected = {1: odds(0.0, high), 2: odds(low, log_odds(0.8)), 3: odds(low, high)}
    assert {hit.passage.id: hit.score for hit in hits} == pytest.approx(expected)
    assert [hit.score for hit in hits] == sorted((hit.score for hit in hits), reverse=True)


def test_a_topic_that_nothing_fits_better_is_left_out_of_a_question_with_a_name() -> None:
    own, topic = ranking((1, 0.5), (2, 0.2)), ranking((3, 0.5), (2, 0.4))
    assert together([own, topic], WEIGHTS, named=True) == own
    hits = together([own, topic], WEIGHTS)
    assert [hit.passage.id for hit in hits] == [1, 3, 2], "a question without a name is about it"
    assert together([own, []], WEIGHTS) == own
    assert together([[], topic], WEIGHTS) == []


def test_certain_and_impossible_scores_are_added_up() -> None:
    hits = together([ranking((1, 0.0)), ranking((1, 1.0))], WEIGHTS)
    assert hits[0].score == pytest.approx(odds(log_odds(1e-9), log_odds(1 - 1e-9)))


def test_one_wording_is_retrieved_as_it_is(index: Index) -> None:
    question = "Where is the cat?"
    assert search(question, [question], 2, index) == (retrieve(question, 2, index), "")
    question = "Where does it sleep?"
    hits, _ = search(question, [question, "Where does it sleep (dogs)?"], 2, index)
    assert hits[0].passage.title == "Dogs" and len(hits) == 2


def test_a_wording_that_comes_again_counts_again(index: Index) -> None:
    question, topic = "Where does it sleep?", "Where does it sleep (dogs)?"
    own, other = (retrieve(wording, 20, index) for wording in (question, topic))
    for wordings, weights in (
        ([question, topic], [OWN, 1.0]),
        ([question, topic, topic], [OWN, 2.0]),
        ([question, topic, question], [1.0 + OWN, 1.0]),
    ):
        assert search(question, wordings, 20, index).hits == together([own, other], weights)
    assert search(question, [question, question], 20, index).hits == own


def test_the_topic_is_named_only_where_it_changes_what_is_found(index: Index) -> None:
    question = "Where does it sleep?"
    wordings = [question, "Where does it sleep (black cats mat)?", "Where does it sleep (cats)?"]
    own, found = retrieve(question, 3, index), search(question, wordings, 3, index)
    assert own[0].passage != found.hits[0].passage and found.about == "black cats mat"
    asked = "Where does the black cat sit?"
    assert search(asked, [asked, f"{asked} (dogs)"], 3, index).about == "", "the best passage is its own"
    assert about(wordings) == "black cats mat" and about([question]) == ""


def test_a_question_that_is_sure_of_its_own_passage_needs_no_topic(index: Index) -> None:
    asked, topic = "The cat sat on the mat and it was black, where was that?", "Where do whales sing?"
    own = retrieve(asked, 3, index)
    assert own[0].score > SURE and search(asked, [asked, topic], 3, index) == (own, "")
    assert search("Where was that?", [asked, topic], 3, index).hits != own, "one that was reworded may still need it"
    vague = "Where is that?"
    own = retrieve(vague, 3, index)
    assert own[0].score <= SURE and search(vague, [vague, topic], 3, index).hits != own


def test_the_candidates_name_the_first_and_the_last_topic() -> None:
    history = [turn("Tell me about throat cancer."), turn("Is smoking harmful?")]
    asked, last, first, *left_out = candidates("What are the symptoms?", history)
    assert asked == "What are the symptoms?"
    assert (last, first) == ("What are the symptoms (smoking harmful)?", "What are the symptoms (throat cancer)?")
    assert [wording.startswith("What are the symptoms") for wording in left_out] == [True, True]
    assert {"throat", "cancer"} <= set(re.findall(r"\w+", left_out[0])), "what is possibly left out comes first"
    assert candidates("What are the symptoms?", []) == ["What are the symptoms?"]
    assert candidates("What are the symptoms? " * 40, history) == ["What are the symptoms? " * 40]


def test_a_pronoun_in_a_later_clause_may_mean_what_its_own_question_names() -> None:
    text = "Journalists fear arrest if they return to life under President Bashar al-Assad's Government."
    hits = [Hit(Passage(1, "doc", 0, len(text), text), 0.5)]
    assert stands_alone("Who would be arrested if they returned to life under Assad?", hits)
    assert not stands_alone("Who would be arrested if they returned to life under Assad?", [])
    assert not stands_alone("Who would win if they returned to Rome and voted again?", hits)
    assert not stands_alone("Did they arrest journalists who return to life?", hits), "the subject is somebody else"
    assert not stands_alone("Where did they go?", hits)


class Eager:
    """A reader that answers whatever shares a name with the question, and notes what it was asked."""

    def __init__(self, *answered: str) -> None:
        self.answered = answered
        self.asked: list[str] = []

    def read(self, question: str, hits: Sequence[Hit]) -> Answer:
        self.asked.append(question)
        if question not in self.answered or not hits:
            return Answer(question, 0.1)
        passage = hits[0].passage
        return Answer(question, 0.9, (Citation(passage, passage.start, passage.end),))


HALEY = turn("Who is Nikki Haley?", "US ambassador")


def test_the_reader_is_never_asked_with_a_topic_that_the_question_does_not_name(index: Index) -> None:
    reader = Eager("Who painted the Mona Lisa (Nikki Haley)?")
    assert ask("Who painted the Mona Lisa?", index, [HALEY, HALEY], reader).abstained
    assert reader.asked == ["Who painted the Mona Lisa?"]


def test_a_refused_follow_up_is_not_asked_again_without_the_one_it_is_about(index: Index) -> None:
    index.add_documents([Document("Maria Santos is 43 years old.", title="Maria")])
    reader = Eager("How old is she?")
    answer = ask("How old is she?", index, [HALEY], reader)
    assert answer.abstained and answer.asked_as == "How old is Nikki Haley?"
    assert reader.asked == ["How old is Nikki Haley?"]


class Choosy(Eager):
    """A reader that answers where the passage that is found first has a word."""

    def read(self, question: str, hits: Sequence[Hit]) -> Answer:
        self.asked.append(question)
        passage = hits[0].passage
        found = Answer(question, 0.9, (Citation(passage, passage.start, passage.end),))
        return found if self.answered[0] in passage.text else Answer(question, 0.1)


def test_a_follow_up_that_is_refused_with_a_topic_beside_it_is_searched_alone(index: Index) -> None:
    index.add_documents(
        [
            Document("HTS controls large parts of Idlib.", title="Control"),
            Document("The al-Qaeda affiliate Hayat Tahrir al-Sham is as al-Qaeda was: an affiliate.", title="Name"),
        ]
    )
    before = turn("What is HTS?", "al-Qaeda affiliate Hayat Tahrir al-Sham")
    reader = Choosy("controls")
    answer = ask("What does it control?", index, [before], reader)
    assert reader.asked == ["What does HTS control?"] * 2
    assert not answer.abstained and not answer.about and "controls" in answer.hits[0].passage.text
    named = Choosy("affiliate")
    answer = ask("What does it control?", index, [before], named)
    assert len(named.asked) == 1 and answer.about and "affiliate" in answer.hits[0].passage.text


def test_a_question_that_stands_alone_after_all_is_read_as_it_is(index: Index) -> None:
    index.add_documents([Document("Journalists fear arrest if they return to life under Assad.", title="Fear")])
    question = "Who would be arrested if they returned to life under Assad?"
    reader = Eager(question)
    answer = ask(question, index, [turn("Who did Russia court?", "European nations")], reader)
    assert reader.asked == ["Who would be arrested if European nations returned to life under Assad?", question]
    assert answer.asked_as == question and "Journalists" in answer.text
    other = Eager("Who would be arrested if European nations returned to life under Assad?")
    assert not ask(question, index, [turn("Who did Russia court?", "European nations")], other).abstained
    assert len(other.asked) == 1, "what is answered is not read twice"


def test_a_person_can_say_what_is_asked(index: Index) -> None:
    reader = Eager("Where do dogs sleep?")
    answer = ask("And there?", index, [HALEY], reader, asked_as="  Where do dogs sleep? ")
    assert (answer.question, answer.asked_as, reader.asked) == (
        "And there?",
        "Where do dogs sleep?",
        [*reader.answered],
    )
    assert answer.hits == tuple(retrieve("Where do dogs sleep?", 5, index))
