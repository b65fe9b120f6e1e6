"""The whole of question answering on the real article with the packaged model: quotes at their offsets, or nothing."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path

import pytest

from index import Document, Hit, Index
from qa import Answer, Citation, ask, ask_text, retrieve
from qa.cite import checked
from qa.settings import SEEDS, load_settings, open_library

ARTICLE = next(SEEDS.glob("*.txt"))


@pytest.fixture(scope="module")
def seed_library(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Index]:
    with Index.open(tmp_path_factory.mktemp("seed")) as index:
        index.add(SEEDS)
        yield index


def test_the_article_is_named_by_its_words_and_not_by_its_file(seed_library: Index) -> None:
    (document,) = seed_library.documents()
    assert document.title.startswith("Russian warplanes in Syria bombed")
    assert document.title.endswith("…")
    assert document.source == str(ARTICLE.resolve())
    assert document.text == ARTICLE.read_text()


@pytest.mark.parametrize(
    ("question", "words"),
    [
        ("How many deaths were recorded?", "nine deaths"),
        ("Who is Nikki Haley?", "US ambassador to the United Nations"),
        ("What did Lavrov call the opposition fighters?", "festering abscess"),
    ],
)
def test_an_answer_is_quoted_from_the_article_at_its_offsets(seed_library: Index, question: str, words: str) -> None:
    answer = ask(question, index=seed_library)
    assert not answer.abstained
    assert words in answer.text
    assert answer.short in answer.text
    assert 0 < answer.score <= 1
    text = seed_library.documents()[0].text
    for citation in answer.citations:
        assert text[citation.start : citation.end] == citation.quote
        assert citation.source == str(ARTICLE.resolve())
        assert citation.page is None
    assert [hit.passage.id for hit in answer.hits] == [
        hit.passage.id for hit in retrieve(question, k=len(answer.hits), index=seed_library)
    ]


@pytest.mark.parametrize("question", ["Who painted the Mona Lisa?", "What is the best pizza topping?"])
def test_what_is_not_in_the_article_is_not_answered(seed_library: Index, question: str) -> None:
    answer = ask(question, index=seed_library)
    assert answer.abstained
    assert (answer.text, answer.short, answer.citations, answer.span) == ("", "", (), None)
    assert answer.hits, "the nearest passages can still be shown"


@pytest.mark.parametrize(
    ("asked", "said"),
    [
        ("What did Trump say?", 'a "reckless" assault on the province would be a "grave humanitarian mistake."'),
        ("What did Nikki Haley say?", "Syria and Russia not to use chemical weapons"),
    ],
)
def test_what_was_warned_or_urged_was_said(seed_library: Index, asked: str, said: str) -> None:
    answer = ask(asked, index=seed_library)
    assert answer.short == said and answer.asked_as == asked, "so that a follow-up asks what was said, too"
    then = ask("And Nikki Haley?", index=seed_library, history=[answer])
    assert then.asked_as == "What did Nikki Haley say?" and "chemical weapons" in then.short


@pytest.mark.parametrize("asked", ["What did Putin say?", "What did Nikki Haley say about Turkey?"])
def test_what_nobody_said_is_refused(seed_library: Index, asked: str) -> None:
    answer = ask(asked, index=seed_library)
    assert answer.abstained and answer.asked_as == asked


def test_keywords_are_answered_as_the_question_that_they_stand_for(seed_library: Index) -> None:
    answer = ask("nikki haley", index=seed_library)
    assert (answer.question, answer.asked_as) == ("nikki haley", "Who or what is Nikki Haley?")
    assert "US ambassador to the United Nations" in answer.short
    text = seed_library.documents()[0].text
    assert all(text[citation.start : citation.end] == citation.quote for citation in answer.citations)
    typed = ask("nikki haley", index=seed_library, asked_as="nikki haley")
    assert typed.asked_as == "nikki haley", "what is said to be meant is asked, and nothing else"
    refused = ask("quantum physics", index=seed_library)
    assert refused.abstained and refused.asked_as == "quantum physics"
    again = ask("How old is she?", index=seed_library, history=[answer])
    assert again.asked_as == "How old is Nikki Haley?" and again.abstained


def test_what_is_only_said_is_not_answered_whatever_the_documents_say(tmp_path: Path) -> None:
    letter = "Thanks for the blue scarf. It is very nice.\n\nHello to Peter and the children.\n"
    with Index.open(tmp_path) as index:
        index.add_documents([Document(letter)])
        for said in ("Thank you", "hello", "nice", "thank you for your help"):
            answer = ask(said, index=index)
            assert answer.abstained and answer.asked_as == said
        assert ask("Who is said hello to?", index=index, asked_as="hello").asked_as == "hello"


def test_abstention_survives_a_conversation(seed_library: Index) -> None:
    first = ask("Who is Nikki Haley?", index=seed_library)
    second = ask("How old is she?", index=seed_library, history=[first])
    assert (second.asked_as, second.question) == ("How old is Nikki Haley?", "How old is she?")
    assert second.abstained
    third = ask("Who painted the Mona Lisa?", index=seed_library, history=[first, second])
    assert third.abstained


WHALES = """The blue whale is the largest animal known to have existed. It reaches a length of 30 metres and weighs up
to 190 tonnes. It feeds almost only on krill. Blue whales live for 80 to 90 years.

The humpback whale grows to 16 metres. It is known for its songs, which last up to 30 minutes. Humpbacks feed on krill
and small fish. They migrate up to 16,000 kilometres each year, from polar waters to the tropics, where they give birth.

The sperm whale dives deeper than any other whale, to more than 2,000 metres. It hunts giant squid. Its head holds up to
1,900 litres of oil, for which it was hunted in the 18th century.
"""


@pytest.mark.slow
def test_a_conversation_is_understood_to_its_end(tmp_path: Path) -> None:
    asked = [
        ("Tell me about the blue whale.", "What is the blue whale?", "animal"),
        ("How old do they get?", "How old do the blue whale get?", "80 to 90 years"),
        ("What does it eat?", "What does the blue whale eat?", "krill"),
        ("And the humpback?", "What does the humpback eat?", "small fish"),
        ("How long are the songs?", "How long are the songs?", "up to 30 minutes"),
        ("Which one dives deepest?", "Which one dives deepest?", "sperm whale"),
        ("What does that one hunt?", "What does the sperm whale hunt?", "giant squid"),
        ("And the humpback, how far does it migrate?", "And the humpback, how far does it migrate?", "16,000"),
    ]
    history: list[Answer] = []
    with Index.open(tmp_path) as index:
        index.add_documents([Document(WHALES, "Whales")])
        for question, asked_as, short in asked:
            history.append(ask(question, index, history))
            assert history[-1].asked_as == asked_as
            assert short in history[-1].short and not history[-1].abstained, question


@pytest.mark.parametrize(
    ("before", "question", "asked_as", "short"),
    [
        ("How many strikes were recorded?", "And Joseph Dunford?", "Who or what is Joseph Dunford?", "chairman"),
        ("What did Trump say?", "What about HTS?", "Who or what is HTS?", "Hayat Tahrir al-Sham"),
        ("Who is Joseph Dunford?", "What about Nikki Haley?", "Who is Nikki Haley?", "ambassador"),
    ],
)
def test_somebody_else_is_asked_about(
    seed_library: Index, before: str, question: str, asked_as: str, short: str
) -> None:
    answer = ask(question, seed_library, [ask(before, seed_library)])
    assert answer.asked_as == asked_as and short in answer.short


def test_one_given_text_is_asked_without_a_library() -> None:
    text = "Mars has two moons, Phobos and Deimos.\n\nVenus has none."
    answer = ask_text("How many moons does Mars have?", text)
    assert "two moons" in answer.text
    citation = answer.citations[0]
    assert text[citation.start : citation.end] == citation.quote
    assert ask_text("Who painted the Mona Lisa?", text).abstained
    assert ask_text("Who painted the Mona Lisa?", "").abstained


@pytest.mark.slow
def test_a_long_given_text_is_searched_for_its_best_passages() -> None:
    filler = "\n\n".join(f"Paragraph {n} is about growing potatoes in field number {n}." * 3 for n in range(60))
    text = f"{filler}\n\nMars has two moons, Phobos and Deimos.\n\n{filler}"
    assert "two moons" in ask_text("How many moons does Mars have?", text).text


def test_the_default_library_is_made_from_the_seeds_once(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("QUOTEWISE_LIBRARY", str(tmp_path / "mine"))
    assert load_settings().library == tmp_path / "mine"
    assert "nine deaths" in ask("How many deaths were recorded?").text
    index = open_library()
    assert index is open_library()
    assert len(index.documents()) == 1
    index.remove(index.documents()[0].id)
    index.close()
    from qa import settings

    settings._opened.cache_clear()
    assert open_library().documents() == [], "what a person removed does not come back"


class Liar:
    """A reader whose quote is not what the document says."""

    def read(self, question: str, hits: Sequence[Hit]) -> Answer:
        real = hits[0].passage
        forged = type(real)(**{name: getattr(real, name) for name in real.__slots__} | {"text": "X" * len(real.text)})
        return Answer(question, 1.0, (Citation(forged, real.start, real.end),))


def test_no_answer_without_a_checked_citation(index: Index) -> None:
    assert ask("Where is the cat?", index=index, reader=Liar()).abstained
    honest = ask("Where is the cat?", index=index)
    assert checked(honest, index.quote) == honest


def test_a_document_that_goes_while_it_is_read_is_not_quoted(index: Index) -> None:
    class Slow(Liar):
        def read(self, question: str, hits: Sequence[Hit]) -> Answer:
            passage = hits[0].passage
            index.remove(passage.document_id)
            return Answer(question, 1.0, (Citation(passage, passage.start, passage.end),))

    assert ask("Where is the cat?", index=index, reader=Slow()).abstained


def test_an_empty_index_is_asked_and_not_the_default_library(tmp_path: Path) -> None:
    with Index.open(tmp_path / "empty") as index:
        assert ask("How many deaths were recorded?", index=index).hits == ()
        index.add_documents([Document("Bees hum.")])
        assert len(ask("How many deaths were recorded?", index=index).hits) == 1
