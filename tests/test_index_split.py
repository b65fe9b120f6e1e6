"""Passages of any text: exact offsets, nothing lost, none too long, none cut by the model; headings stay with text."""

from __future__ import annotations

import gzip
import json
import time
from itertools import pairwise
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from index.embed import load_embedder
from index.split import OVERLAP, SIZE, SPLITTER, split
from index.tokens import count_tokens, load_encoding
from index.types import Document, Passage

SHARED = Path(__file__).parents[2] / "shared" / "data"
SEED = Path(__file__).parents[1] / "seeds" / "000_27aeb8208ba78d4f.txt"

PARTS = st.one_of(
    st.sampled_from(
        [
            *(" ", "\n", "\n\n", "\r\n", "\t", "\u2028", "\x0c", "\u3000", "\u200b"),
            *("# Heading\n", "\n## Sub\n\n", "- item\n", "| a | b |\n", "```\n", "---\n", "=====\n", "> quote "),
            *("A sentence of some words. ", "Mr. X. ", '"Why?" ', "e.g. ", "3.5", "...", "."),
            *(
                "word ",
                "antidisestablishmentarianism",
                "Donaudampfschifffahrtsgesellschaft",
                "x" * 200,
                "🏴󠁧󠁢󠁥󠁮󠁧󠁿",
                "👨‍👩‍👧‍👦",
            ),
            *(
                "한국어를",
                "漢字かな。",
                "ไทย",
                "हिन्दी।",
                "العربية؟",
                "e\u0301",
                "\u0301" * 40,
                "ᾂ",
                "İ",
                "ﷺ",
                "\0",
                "�",
                "𝔘",
            ),
        ]
    ),
    st.text(max_size=12),
)
TEXTS = st.lists(st.tuples(PARTS, st.integers(1, 12))).map(lambda parts: "".join(part * count for part, count in parts))


def check(document: Document, passages: list[Passage], size: int) -> None:
    """Everything that is promised for any text."""
    text = document.text
    covered = bytearray(len(text))
    for place, passage in enumerate(passages):
        assert passage.id == place and passage.document_id == document.id
        assert text[passage.start : passage.end] == passage.text
        assert passage.text.strip() == passage.text != ""
        assert count_tokens(passage.text, load_encoding()) <= size
        covered[passage.start : passage.end] = b"\1" * (passage.end - passage.start)
    for before, after in pairwise(passages):
        assert before.start < after.start and before.end < after.end
    assert all(covered[place] or character.isspace() for place, character in enumerate(text))


@settings(max_examples=200, deadline=None)
@given(TEXTS, st.sampled_from([8, 20, SIZE]))
def test_any_text(text: str, size: int) -> None:
    document = Document(text)
    passages = split(document, size)
    check(document, passages, size)
    assert passages == split(document, size)


@settings(max_examples=100, deadline=None)
@given(TEXTS, st.integers(1, 60))
def test_the_ceiling_holds_where_it_is_tighter_than_the_size(text: str, ceiling: int) -> None:
    document = Document(text)
    passages = split(document, fits=lambda words: len(words) <= ceiling)
    check(document, passages, SIZE)
    assert all(len(passage.text) <= ceiling for passage in passages)


def test_a_ceiling_that_nothing_meets_still_ends() -> None:
    passages = split(Document("Some words. And more.\n\nA third."), fits=lambda _: False)
    assert "".join(passage.text for passage in passages) == "Somewords.Andmore.Athird."


@pytest.mark.slow
@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(TEXTS)
def test_the_model_cuts_no_passage(text: str) -> None:
    fits = load_embedder().fits
    document = Document(text)
    passages = split(document, fits=fits)
    check(document, passages, SIZE)
    assert all(fits(passage.text) for passage in passages)


def test_the_model_cuts_no_passage_of_real_text() -> None:
    passages = split(Document(SEED.read_text(encoding="utf-8")))
    assert all(load_embedder().fits(passage.text) for passage in passages)


@pytest.mark.slow
def test_the_model_cuts_no_passage_of_any_real_article() -> None:
    path = SHARED / "reader" / "squad2_dev_tune.json.gz"
    if not path.exists():
        pytest.skip("needs the public data sets, which are not part of the repository")
    with gzip.open(path, "rt", encoding="utf-8") as file:
        articles = json.load(file)["data"]
    for article in articles:
        document = Document("\n\n".join(paragraph["context"] for paragraph in article["paragraphs"]))
        passages = split(document)  # by the tokens alone
        check(document, passages, SIZE)
        assert all(load_embedder().fits(passage.text) for passage in passages)


def test_short_paragraphs_are_packed_together() -> None:
    text = "\n\n".join(f"Paragraph {number} is short." for number in range(40))
    passages = split(Document(text), 50)
    assert all(passage.text.startswith("Paragraph") and passage.text.endswith("short.") for passage in passages)
    assert all(before.end < after.start for before, after in pairwise(passages))
    assert all(count_tokens(passage.text, load_encoding()) > 35 for passage in passages[:-1])


def test_a_long_paragraph_is_cut_at_sentences_that_overlap() -> None:
    text = " ".join(f"Sentence {number} has some more words in it." for number in range(60))
    passages = split(Document(text), 100)
    for before, after in pairwise(passages):
        shared = text[after.start : before.end]
        assert after.text.startswith("Sentence") and shared.endswith(".")
        assert 0 < count_tokens(shared, load_encoding()) <= OVERLAP


def test_long_sentences_do_not_overlap() -> None:
    sentence = "One " + "very " * 40 + "long sentence."
    passages = split(Document(" ".join([sentence] * 6)), 60)
    assert all(before.end < after.start for before, after in pairwise(passages))


def test_a_sentence_that_is_too_long_is_cut_at_spaces_and_a_word_anywhere_but_in_a_sign() -> None:
    text = "word " * 300
    assert all(passage.text.endswith("word") for passage in split(Document(text), 50))
    family, letter = "👨‍👩‍👧‍👦", "e\u0301"
    for sign in (family, letter):
        passages = split(Document(sign * 200), 50)
        assert all(len(passage.text) % len(sign) == 0 for passage in passages) and len(passages) > 1


def test_headings_start_a_passage_and_stay_with_their_text() -> None:
    text = (
        "Before.\n\n# Top\n\nUnder the top.\n\n## Second level ##\n### Third\n\nDeep text.\n\n"
        "```sh\n# no heading\n```\n\nOther\n=====\n\nLast text."
    )
    passages = split(Document(text))
    assert [(passage.text.split("\n")[0], passage.heading) for passage in passages] == [
        ("Before.", ""),
        ("# Top", "Top"),
        ("## Second level ##", "Top › Second level › Third"),
        ("Other", "Other"),
    ]
    assert passages[2].text.endswith("```")


@pytest.mark.parametrize("words", [20, 48, 49, 50, 60, 200])
def test_no_heading_stands_alone_where_text_follows(words: int) -> None:
    passages = split(Document("# The heading of it\n\n" + "word " * words + "end."), 50)
    assert "word" in passages[0].text


def test_tables_and_code_are_cut_at_lines_only() -> None:
    table = "| name | value |\n|---|---|\n" + "".join(f"| row {row} | {row * 37} |\n" for row in range(60))
    code = "```\n" + "".join(f"x{row} = f({row}). y\n" for row in range(60)) + "```"
    for text in (table, code):
        for passage in split(Document(text), 80):
            assert text[passage.start - 1 : passage.start] in ("", "\n")
            assert text[passage.end : passage.end + 1] in ("", "\n")


def test_what_is_copied_from_the_document() -> None:
    pages = (0, 300)
    document = Document("A first sentence. " * 40, title="Title", source="/a/file.pdf", pages=pages)
    passages = split(document, 64)
    assert {(passage.title, passage.source) for passage in passages} == {("Title", "/a/file.pdf")}
    assert [passage.page for passage in passages] == [1 if passage.start < 300 else 2 for passage in passages]


def test_an_empty_document_has_no_passages() -> None:
    assert split(Document(" \n\n ")) == [] == split(Document(""))


def test_a_size_without_room_is_refused() -> None:
    with pytest.raises(ValueError, match="room for 8 tokens"):
        split(Document("text"), 7)


def test_the_splitter_is_named_with_its_size() -> None:
    assert SPLITTER.endswith(f"/{SIZE}")


def test_another_encoding() -> None:
    letters = load_encoding("quotewise")
    assert split(Document("word " * 300), encoding=letters) == split(Document("word " * 300))


@pytest.mark.slow
@pytest.mark.parametrize(
    "part",
    [
        "a",
        ".",
        " a",
        "한",
        "👨‍👩‍👧‍👦",
        "e\u0301",
        "\u0301",
        "A b. ",
        "a\n\n",
        "# \n",
        "# a\n\nb\n\n",
        "```\n",
        "| a\n",
        "- a\n",
    ],
)
def test_time_is_linear(part: str) -> None:
    document = Document(part * (100_000 // len(part)))
    since = time.thread_time()
    split(document)
    assert time.thread_time() - since < 10  # computes for 1 s at most; where it was quadratic, minutes
