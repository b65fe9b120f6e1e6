"""Finding words against a search by force: exact places, around where a reader stands, and in linear time."""

from __future__ import annotations

import re
import time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from qa.find import MOST_FOUND, Found, _period, find, find_near
from qa.fold import BLOCK, MARKS, Folded, has_accents
from tests.test_qa_find import plainly

HIDDEN = "\u00ad"
LETTERS = "asSßeéE\u0301\u0323 \n\u00adﬁfiİıᾳα\u0345"
texts = st.text(st.sampled_from(LETTERS), max_size=30)
queries = st.text(st.sampled_from(LETTERS), min_size=1, max_size=4)


def found_by_force(text: str, query: str) -> list[tuple[int, int]]:
    """Try every beginning and every end that tears no letter from its marks."""
    accents = has_accents(query)
    wanted, found, start = plainly(query, accents), [], 0
    while wanted and start < len(text):
        ends = [
            end
            for end in range(start + 1, len(text) + 1)
            if plainly(text[start:end], accents) == wanted and begins(text, start) and stops(text, end)
        ]
        if ends:
            found.append((start, ends[0]))
        start = ends[0] if ends else start + 1
    return found


def begins(text: str, place: int) -> bool:
    seen = text[place] not in HIDDEN and not text[place].isspace()
    return seen and not (is_mark(text[place]) and place > 0 and not text[place - 1].isspace())


def stops(text: str, place: int) -> bool:
    seen = text[place - 1] not in HIDDEN and not text[place - 1].isspace()
    return seen and not (place < len(text) and is_mark(text[place]))


def is_mark(char: str) -> bool:
    return re.match(f"[{MARKS}]", char) is not None


@pytest.mark.slow
@given(texts, queries)
@settings(max_examples=400, deadline=None)
def test_what_is_found_is_what_is_found_by_force(text: str, query: str) -> None:
    odd = f"\\s[{MARKS}]|[{HIDDEN}][{MARKS}\\s]|^[{MARKS}]|\\s[{HIDDEN}]"  # nothing that anybody would look for
    if not re.search(odd, text) and not re.search(odd, query):
        assert find(text, query) == found_by_force(text, query)


@settings(deadline=None)
@given(texts, queries, st.integers(0, 31), st.integers(1, 6))
def test_some_are_given_around_where_the_reader_stands(text: str, query: str, here: int, most: int) -> None:
    everything = find(text, query)
    found = find_near(text, query, here, most)
    assert len(found.ranges) == min(most, len(everything))
    first = everything.index(found.ranges[0]) if found.ranges else 0
    assert everything[first : first + most] == found.ranges
    assert found.before == (first > 0) and found.after == (first + most < len(everything))
    ahead = [range_ for range_ in everything if range_[0] >= here]
    assert len([r for r in found.ranges if r in ahead]) >= min(most // 2, len(ahead))
    if found.before and most > 1:
        assert found.ranges[0][0] < here or not ahead


@settings(deadline=None)
@given(texts, st.booleans())
def test_a_place_goes_to_the_folded_text_and_back(text: str, accents: bool) -> None:
    folded = Folded(text, accents)
    for offset in range(len(text)):
        begin, end = folded.place_of(offset), folded.place_of(offset + 1)
        if begin < end and not folded.torn[begin] and not folded.torn[end]:
            first, last = folded.range_of(begin, end)
            assert first == offset and not text[offset + 1 : last].strip("".join(map(chr, range(0x300, 0x370))))
    assert folded.place_of(len(text)) == len(folded.text) == len(folded.torn) - 1


def test_words_across_the_ends_of_blocks_are_found() -> None:
    for shift in range(-1, 2):
        text = "ab" * (BLOCK // 2 + shift) + "\n\nCafe\u0301 Straße" + "\nab" * 5
        start = 2 * (BLOCK // 2 + shift) + 2
        assert find(text, "café strasse ab") == [(start, start + 15)]
        assert find("y" * (BLOCK + shift) + "x\u0301 \u0301", "x") == [(BLOCK + shift, BLOCK + shift + 2)]


def test_where_there_are_more_than_are_given_those_around_are() -> None:
    text = "bee " * (4 * MOST_FOUND)
    ranges = [(4 * n, 4 * n + 3) for n in range(4 * MOST_FOUND)]
    half = MOST_FOUND // 2
    assert find_near(text, "bee", 0) == Found(ranges[:MOST_FOUND], False, True)
    middle = 2 * MOST_FOUND
    assert find_near(text, "bee", 4 * middle) == Found(ranges[middle - half : middle + half], True, True)
    assert find_near(text, "bee", len(text)) == Found(ranges[-MOST_FOUND:], True, False)
    assert find_near("bee", "bee", 3) == Found([(0, 3)], False, False)


def took(text: str, query: str) -> float:
    """Seconds of this thread, the best of three: what others do beside it does not count."""
    times = []
    for _ in range(3):
        since = time.thread_time()
        find(text, query)
        times.append(time.thread_time() - since)
    return min(times)


@pytest.mark.slow
@pytest.mark.parametrize(
    ("text", "query", "ending"),
    [
        ("ß", "ss", "s"),  # every place looks like it, and none is it
        ("ab", "ab", "a"),
        ("ab", "ab", "x"),
        ("e\u0301\u0323", "e", ""),
        (" \n", "a b", ""),
        ("İ", "\u0307i", ""),
    ],
)
def test_ten_times_as_much_of_both_takes_about_ten_times_as_long(text: str, query: str, ending: str) -> None:
    short, long = (took(text * (20 * n // len(text)), query * (n // len(query)) + ending) for n in (2_000, 20_000))
    assert long < 40 * max(short, 0.002)


def test_a_word_lies_on_itself_again_after_its_period() -> None:
    for word in ("a", "ab", "aa", "aba", "abab", "aabaab", "abcabcab", "mississippi"):
        assert _period(word) == next(p for p in range(1, len(word) + 1) if word[p:] == word[: len(word) - p])
