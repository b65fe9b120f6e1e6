"""A phrase is what a person would mark: whole words, numbers, names of files and addresses, no signs of a markup."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from qa.phrase import phrase


def latin(text: str) -> bool:
    return text.isalnum() and ord(text) < 0x250


@pytest.mark.parametrize(
    ("text", "marked", "expected"),
    [
        ("some 1,000.50 people", "000", "1,000.50"),
        ("It cost $45 million.", "45 million", "$45 million"),
        ("about 95% of it", "95", "95%"),
        ("called it a “grave mistake” then", "“grave mistake", "“grave mistake”"),
        ('a "grave humanitarian mistake" then', '"grave humanitarian mistake', '"grave humanitarian mistake"'),
        (
            'a "reckless" one would be a "grave mistake."',
            'a "reckless" one would be a "grave mistake',
            'a "reckless" one would be a "grave mistake."',
        ),
        (
            'a "reckless" one would be a "grave mistake."',
            'reckless" one would be a "grave',
            '"reckless" one would be a "grave',
        ),
        ('a "reckless" one would be a "grave mistake."', 'reckless" one', '"reckless" one'),
        ('a "reckless" one, a "grave mistake"', 'reckless" one, a "grave mistake', '"reckless" one, a "grave mistake"'),
        ("wanted it to be “avoided.” Then", "to be “avoided", "to be “avoided.”"),
        ('it was "avoided." Then', '"avoided', "avoided"),
        ("the group (HTS) holds", "group (HTS", "group (HTS)"),
        ("he said (in 2017 or so) that", "(in 2017", "in 2017"),
        ("unbelievable", "believ", "unbelievable"),
        ("Jisr al-Shughour fell", "Shughour", "Shughour"),
        ("the 1914-18 war", "1914", "1914-18"),
        ("née Cafe\u0301 Lee", "Cafe", "Cafe\u0301"),
        ("他出生于北京市", "北京", "北京"),
        ("שלום עולם", "לום", "שלום"),
        ("a 👩‍👩‍👧 here", "👩", "👩‍👩‍👧"),
        ("  spaced  ", "  spaced  ", "spaced"),
        ("\u200d ", "\u200d", "\u200d"),
        (" \u0301", " \u0301", "\u0301"),
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
        ("Q: How?\nA: Click it.", "A: Click it", "Click it"),
        ("Answer: two days", "Answer: two days", "two days"),
        ("Grade A: good", "A: good", "A: good"),
        ("A. Smith", "A. Smith", "A. Smith"),
        ("fell to -5 °C", "5 °C", "-5 °C"),
        ("fell to −5.5 at night", "5.5", "−5.5"),
        ("cost HK$500.", "500", "HK$500"),
        ("cost US$5", "$5", "US$5"),
        ("a loss of -$3 million", "$3 million", "-$3 million"),
        ("paid -US$5", "5", "-US$5"),
        ("take .5 mg", "5 mg", ".5 mg"),
        ("costs $.50", "50", "$.50"),
        ("call +44 20", "44 20", "+44 20"),
        ("a pH (<7.5)", "7.5", "<7.5"),
        ("up >=10 %", "10", ">=10"),
        ("pages 3-5", "5", "3-5"),
        ("- 5 eggs", "5 eggs", "5 eggs"),
        ("COVID-19", "19", "19"),
        ("section v.5 is", "5", "5"),
        ('a 27" screen', '27"', '27"'),
        ('a 27" screen', "27", '27"'),
        ("it is 5'11\" tall", "5'11", "5'11\""),
        ('he said "I am 27" then', "27", "27"),
        ("at 5′ there", "5", "5′"),
    ],
)
def test_a_phrase_is_what_a_person_would_mark(text: str, marked: str, expected: str) -> None:
    at = text.index(marked)
    start, end = phrase(text, at, at + len(marked))
    assert text[start:end] == expected


@given(st.text(alphabet=st.sampled_from("ab1 .,\"“”()$%'-é\u0301文ش👩\u200d\n"), max_size=40), st.data())
def test_a_phrase_cuts_no_word_and_no_number(text: str, data: st.DataObject) -> None:
    first = data.draw(st.integers(0, len(text)))
    last = data.draw(st.integers(first, len(text)))
    start, end = phrase(text, first, last)
    assert 0 <= start <= end <= len(text)
    if start < end:
        for edge in (start, end):
            assert not (latin(text[edge - 1 : edge]) and latin(text[edge : edge + 1]))
        assert not text[start].isspace() and not text[end - 1].isspace()


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


def test_of_several_signs_of_a_unit_the_nearest_is_taken() -> None:
    assert phrase("1##1", 3, 4) == phrase("1##1", 2, 4) == (2, 4)
