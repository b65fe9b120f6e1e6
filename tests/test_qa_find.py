"""Finding words in a document: exact places, whatever the case, accents and characters that fold to several."""

from __future__ import annotations

import re
import unicodedata
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from qa.find import MOST_FOUND, find
from qa.fold import Folded

LETTERS = "aAeEéÉsSßẞiIıİfFﬁﬀlLoOöőÖkKKåÅ \n\t'’\u0301\u0308\u00ad-‑漢가はが🐝ΣσςŉᾳͅयǰЙи"
texts = st.one_of(st.text(st.sampled_from(LETTERS), max_size=40), st.text(max_size=60))
queries = st.one_of(st.text(st.sampled_from(LETTERS), max_size=5), st.text(max_size=3))


def plainly(text: str, accents: bool) -> str:
    """The same comparison in other words: folded, without what is not seen, each run of white space one space."""
    text = unicodedata.normalize("NFD", text.translate({0x2018: "'", 0x2019: "'", 0x201C: '"', 0x201D: '"'}))
    text = unicodedata.normalize("NFD", text.replace("\u2011", "-").replace("\u2010", "-").casefold())
    text = "".join(c for c in text if c not in "\u00ad\u200b\u2060\ufeff" and (accents or not is_accent(c)))
    return unicodedata.normalize("NFC", " ".join(text.split()))


def is_accent(char: str) -> bool:
    return unicodedata.combining(char) not in (0, 7, 8, 9)


@given(texts, queries)
def test_what_is_found_is_what_was_looked_for(text: str, query: str) -> None:
    accents = any(is_accent(char) for char in unicodedata.normalize("NFD", query))
    found = find(text, query)
    for start, end in found:
        assert 0 <= start < end <= len(text)
        assert plainly(text[start:end], accents) == plainly(query, accents)
    assert all(before[1] <= after[0] for before, after in pairwise(found))


@given(texts, st.data())
def test_every_piece_of_a_text_is_found_where_it_stands(text: str, data: st.DataObject) -> None:
    start = data.draw(st.integers(0, len(text)))
    end = data.draw(st.integers(start, len(text)))
    query = text[start:end]
    after = text[end : end + 1]
    torn = is_accent(after or "x") or is_accent((query or "x")[0])  # a letter without its accent, or the reverse
    if not Folded(query, accents=False).text.strip() or torn:
        return
    assert any(first < end and start < last for first, last in find(text, query)), (text, query)


@given(st.text(st.sampled_from("abAB "), max_size=60), st.text(st.sampled_from("abAB"), min_size=1, max_size=3))
def test_plain_words_are_found_as_a_pattern_finds_them(text: str, query: str) -> None:
    assert find(text, query) == [found.span() for found in re.finditer(re.escape(query), text, re.IGNORECASE)]


@pytest.mark.parametrize(
    ("text", "query", "words"),
    [
        ("Straße, STRASSE, Strase", "strasse", ["Straße", "STRASSE"]),
        ("Straße, STRASSE", "straße", ["Straße", "STRASSE"]),
        ("Straße", "stras", []),  # half of an ß is no letter
        ("İstanbul and istanbul", "istanbul", ["İstanbul", "istanbul"]),
        ("İstanbul and istanbul", "İstanbul", ["İstanbul"]),
        ("the ﬁrst ﬂoor, an oﬃce", "first", ["ﬁrst"]),
        ("the ﬁrst ﬂoor, an oﬃce", "OFFICE", ["oﬃce"]),
        ("café, cafe, cafe\u0301, CAFÉ", "cafe", ["café", "cafe", "cafe\u0301", "CAFÉ"]),
        ("café, cafe, cafe\u0301, CAFÉ", "café", ["café", "cafe\u0301", "CAFÉ"]),
        ("cafe\u0301s", "cafe", ["cafe\u0301"]),  # with the accent that belongs to it
        ("nine\n  died", "Nine died", ["nine\n  died"]),
        ("nine died", " nine \n died ", ["nine died"]),
        ("it’s “so”", 'it\'s "so"', ["it’s “so”"]),
        ("soft\u00adware", "software", ["soft\u00adware"]),
        ("ΟΔΟΣ οδος", "οδός", []),
        ("ΟΔΟΣ οδός", "οδος", ["ΟΔΟΣ", "οδός"]),
        ("が か", "か", ["か"]),  # a voicing mark makes another letter
        ("\U0001d15e a 🐝🐝 b", "🐝 b", ["🐝 b"]),
        ("a.b axb [c]", "a.b", ["a.b"]),
        ("Ёлка ёлка елка", "елка", ["Ёлка", "ёлка", "елка"]),
    ],
)
def test_case_accents_and_spaces_are_compared_as_a_reader_does(text: str, query: str, words: list[str]) -> None:
    assert [text[start:end] for start, end in find(text, query)] == words


@pytest.mark.parametrize("query", ["", "   \n", "\u0301", "\u00ad", "\u200b \u0301"])
def test_nothing_is_found_where_nothing_is_looked_for(query: str) -> None:
    assert find("a text\u0301 with \u00ad spaces", query) == []


def test_there_are_at_most_so_many_and_a_long_query_is_taken() -> None:
    assert len(find("ab" * (MOST_FOUND + 9), "A")) == MOST_FOUND
    assert find("x" * 30_000, "X" * 10_000) == [(0, 10_000), (10_000, 20_000), (20_000, 30_000)]
    assert find("a short text", "x" * 10_000) == []
