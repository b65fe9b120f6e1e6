"""The reader quotes exact sentences, marks a short answer inside them, and refuses what is not there."""

from __future__ import annotations

import threading
import unicodedata

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from index import Document
from qa.sentence_reader import KEPT_VECTORS, SentenceReader, lines
from qa.types import Answer
from qa.words import words
from tests.fakes import NEWS, HashEmbedder, hits, paragraphs


def always() -> SentenceReader:
    return SentenceReader(HashEmbedder(), threshold=0.0)


def check(answer: Answer, document: Document) -> None:
    """Hold every promise that an answer makes, whatever the text."""
    assert 0.0 <= answer.score <= 1.0
    for citation in answer.citations:
        assert document.text[citation.start : citation.end] == citation.quote
    assert len({citation.quote for citation in answer.citations}) == len(answer.citations)
    if answer.span:
        assert any(c.start <= answer.span.start < answer.span.end <= c.end for c in answer.citations)
        assert document.text[answer.span.start : answer.span.end] == answer.short
        for edge in (answer.span.start, answer.span.end):
            before, after = document.text[:edge], document.text[edge : edge + 1]
            within = after.isalnum() or after == "_" or _mark(after)
            assert not (_ends_in_a_word(before) and within), f"{answer.short!r} cuts a word"


def _mark(character: str) -> bool:
    return bool(character) and unicodedata.category(character)[0] == "M"


def _ends_in_a_word(text: str) -> bool:
    """Say whether the last character is a letter or digit, or a mark on one; a mark on nothing is no word."""
    bearer = next((character for character in reversed(text) if not _mark(character)), "")
    return bearer.isalnum() or bearer == "_"


@pytest.mark.parametrize(
    ("question", "short"),
    [
        ("How many deaths were recorded?", "nine"),
        ("When was the report written?", "2018"),
        ("Who wrote the report?", "Ann Lee"),
    ],
)
def test_the_short_answer_is_of_the_type_that_is_asked_for(question: str, short: str) -> None:
    answer = always().read(question, paragraphs(NEWS))
    assert short in answer.short
    assert len(answer.short) <= len(short) + 14
    check(answer, NEWS)


def test_words_have_parts_where_a_question_asks_for_them() -> None:
    found = [word.text for word in words("Britain-based al-Qaeda U.S.-led 12-year-old Syria's 4.5")]
    assert found == ["Britain", "based", "al-Qaeda", "U.S", "led", "12", "year", "old", "Syria's", "4.5"]


def test_the_quote_is_the_whole_sentence() -> None:
    answer = always().read("What did Nikki Haley urge?", paragraphs(NEWS))
    assert answer.text.startswith("On social media") and answer.text.endswith("chemical weapons.")


def test_a_sentence_that_leans_on_the_one_before_is_quoted_with_it() -> None:
    answer = always().read("What has HTS erected for prisoners?", paragraphs(NEWS))
    assert answer.text.startswith("Large swaths") and answer.text.endswith("prisoners.")
    assert len(answer.citations) == 1


@pytest.mark.parametrize(
    "question", ["Who painted the Mona Lisa?", "How tall is Mount Everest?", "What is the best pizza topping?"]
)
def test_what_is_not_there_is_refused_with_a_score(question: str) -> None:
    reader = SentenceReader(HashEmbedder(dimension=1024))
    answer = reader.read(question, paragraphs(NEWS))
    assert answer.abstained and answer.short == ""
    assert 0.0 < answer.score < reader.read("How many deaths were recorded near Idlib?", paragraphs(NEWS)).score
    assert answer.hits == tuple(paragraphs(NEWS))


def test_a_sentence_that_asks_the_question_itself_is_not_its_answer() -> None:
    document = Document("How many moons does Mars have? Mars has two moons.\n\nThe moons of Mars are small.")
    answer = always().read("How many moons does Mars have?", hits(document))
    assert answer.text == "Mars has two moons."
    only = Document("How many moons does Mars have?")
    assert always().read("how many moons does Mars have", hits(only)).abstained
    told = Document("The moons of Mars are small.")
    assert always().read("the moons of Mars are small", hits(told)).text == told.text


def test_the_threshold_decides() -> None:
    score = always().read("How many deaths were recorded?", paragraphs(NEWS)).score
    at = SentenceReader(HashEmbedder(), threshold=score)
    above = SentenceReader(HashEmbedder(), threshold=score + 1e-9)
    assert not at.read("How many deaths were recorded?", paragraphs(NEWS)).abstained
    assert above.read("How many deaths were recorded?", paragraphs(NEWS)).abstained


def test_no_hits_is_an_abstention() -> None:
    assert always().read("Who?", []) == Answer("Who?")


@pytest.mark.parametrize(
    "text",
    [
        *["", " \n", "...!?", "😀🎉", "👨‍👩‍👧‍👦 👍🏽", "שלום עולם. מה שלומך?", "नमस्ते दुनिया। किताब पढ़ो।"],
        *["東京は日本の首都です。", "a" * 50_000, "-_" * 9_000, "word " * 10_000, "x.y/" * 10_000, "“" * 3_000],
        *["\x00\ufffd", "a\u0301\u200d" * 500],
    ],
)
@pytest.mark.parametrize("question", ["Who is she?", "", "??", "שלום", "किताब क्या है?", "😀", "How many? " * 300])
def test_no_text_raises(text: str, question: str) -> None:
    document = Document(text)
    check(always().read(question, hits(document)), document)


@settings(max_examples=150, deadline=None)
@given(st.text(max_size=300), st.text(max_size=60))
@example("\u03000", "")
def test_every_promise_holds_for_any_text(text: str, question: str) -> None:
    document = Document(text)
    check(always().read(question, hits(document)), document)


_WORDS = "Who what many the Idlib nine 4.5 $7 % , . \" ( ) in of was Ann-Lee's ka\u0301 किताब _x -\n\n He"
_PIECES = _WORDS.split(" ")


@settings(max_examples=150, deadline=None)
@given(st.lists(st.sampled_from(_PIECES), max_size=40), st.lists(st.sampled_from(_PIECES), max_size=8), st.data())
def test_every_promise_holds_for_passages_cut_anywhere(
    text: list[str], question: list[str], data: st.DataObject
) -> None:
    document = Document(" ".join(text))
    cut = st.integers(0, len(document.text))
    ranges = data.draw(st.lists(st.tuples(cut, cut).map(lambda r: (min(r), max(r))), max_size=4))
    answer = always().read(" ".join(question), hits(document, *ranges) if ranges else [])
    for citation in answer.citations:
        assert document.text[citation.start : citation.end] == citation.quote
    assert not answer.span or answer.short in answer.text


def test_an_overlap_is_read_once() -> None:
    text = "Ann wrote it. Bob read it. Cid lost it."
    document = Document(text)
    found = lines(hits(document, (0, 26), (14, len(text))))
    assert [line.text for line in found] == ["Ann wrote it.", "Bob read it.", "Cid lost it."]


def test_the_same_words_in_two_documents_are_read_once() -> None:
    first, second = Document("Ann wrote it."), Document("Ann wrote it. Bob read it.")
    found = lines(hits(first) + hits(second))
    assert [line.text for line in found] == ["Ann wrote it.", "Bob read it."]
    assert found[0].passage.document_id == first.id


def test_a_short_answer_keeps_its_currency_and_percent_signs() -> None:
    document = Document("The bridge cost $450 to paint. About 12% of the taxes paid for the school.")
    assert always().read("How much did the bridge cost to paint?", hits(document)).short.startswith("$450")
    assert "12%" in always().read("What percentage of the taxes paid for the school?", hits(document)).short


def test_vectors_are_kept_and_bounded() -> None:
    embedder = HashEmbedder()
    reader = SentenceReader(embedder, threshold=0.0)
    first = reader.read("How many deaths were recorded?", paragraphs(NEWS))
    count = len(embedder.embedded)
    assert reader.read("How many deaths were recorded?", paragraphs(NEWS)) == first
    assert len(embedder.embedded) == count
    for start in range(0, KEPT_VECTORS + 200, 500):
        reader._embed([f"sentence {i}" for i in range(start, start + 500)])
    assert len(reader._vectors) == KEPT_VECTORS


def test_threads_read_the_same_answers() -> None:
    questions = ["How many deaths were recorded?", "What did Nikki Haley urge?", "Who wrote the report?"] * 4
    expected = [always().read(question, paragraphs(NEWS)) for question in questions]
    reader, found = always(), dict[int, Answer]()

    def read(i: int) -> None:
        found[i] = reader.read(questions[i], paragraphs(NEWS))

    threads = [threading.Thread(target=read, args=(i,)) for i in range(len(questions))]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert [found[i] for i in range(len(questions))] == expected
