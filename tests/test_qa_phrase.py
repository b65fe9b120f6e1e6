"""Names of files, addresses and the signs of a markup at the edges of a phrase."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from qa.phrase import phrase


@pytest.mark.parametrize(
    ("text", "marked", "expected"),
    [
        ("The file is [`qa/answer.py`](qa/answer.py).", "qa/answer", "qa/answer.py"),
        ("see https://www.example.com/x.", "example", "https://www.example.com/x"),
        ("Mail anna.lee@example.org now", "lee@example", "anna.lee@example.org"),
        ("in C:\\notes\\x.txt it stands", "notes", "notes\\x.txt"),
        ("He lived in Bonn.The next", "Bonn", "Bonn"),
        ("the 2015/2014 season, and/or", "2014", "2015/2014"),
        ("yes and/or no", "and", "and"),
        ("make test    # runs the tests", "make test    #", "make test"),
        ("| Anna | reads it |", "reads it |", "reads it"),
        ("* one\n* two", "* one\n* ", "one"),
        ("C# and F#", "C#", "C#"),
        ("rated #1 there", "#1", "#1"),
        ("see # here", "#", "#"),
        ("a # b", "a # b", "a # b"),
    ],
)
def test_a_name_of_a_file_is_whole_and_a_sign_of_markup_is_none_of_the_words(
    text: str, marked: str, expected: str
) -> None:
    at = text.index(marked)
    start, end = phrase(text, at, at + len(marked))
    assert text[start:end] == expected


@given(st.text(alphabet=st.sampled_from("ab1./@:\\#|* \n-"), max_size=60), st.data())
def test_signs_and_addresses_take_nothing_that_was_marked_of_words(text: str, data: st.DataObject) -> None:
    first = data.draw(st.integers(0, len(text)))
    last = data.draw(st.integers(first, len(text)))
    start, end = phrase(text, first, last)
    assert 0 <= start <= end <= len(text)
    inside = [place for place in range(first, last) if text[place].isalnum()]
    assert all(start <= place < end for place in inside)
    assert bool(text[first:last].strip()) == (start < end)
    assert phrase(text, start, end) == (start, end)


def test_a_long_line_of_addresses_is_no_burden() -> None:
    text = "a/" * 500_000 + "b.c"
    assert phrase(text, 400_000, 400_001) == (400_000, 400_001)
