"""Sentences: a hand-made list of hard cases ("|" marks where each ends), every character in one, linear time."""

from __future__ import annotations

import textwrap
import time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from index.sentences import blocks, read_heading, sentences
from tests.fakes import SEED

HARD = [
    "Mr. Smith met Dr. J. Brown.| They talked.",
    "J. K. Rowling wrote it.| Then J.R.R. Tolkien did.",
    "He lives in the U.S. and works.| She left the U.S.| The rest stayed.",
    "The U.S. President spoke.| The U.S. Army marched at 5 p.m. on Monday.",
    "It opened at 9 a.m.| The doors closed at 5 p.m.| Nobody came.",
    "See No. 5 and Fig. 3 on p. 12.| He said no.| Then he left.",
    "Animals, e.g. dogs, i.e. pets, were seen.| Cats vs. dogs.",
    "It cost 3.5 million, or $1.25 each.| Version 2.0.1 is out.",
    '"We won," said Ann.| "Yes."| Bob left.',
    'He called it "a mistake."| But nobody listened.',
    "He called it “a mistake.”| But nobody listened.",
    '"Why now?" he asked.| "Never!" she cried.| Silence.',
    '"Why now?" Mr. Trump asked.| Nobody knew.',
    '"Really?"| He said nothing.',
    "Wait... what?| Well…| That was all.| And then... nothing.",
    "(He was late.)| She was not.| It rained (a lot).| They left.",
    "It ended on Jan. 5.| It began in Sept. 1939.| It was in Dec.| The snow fell.",
    "Apple Inc. Chief Tim Cook spoke.| He joined Apple Inc.| The firm grew.",
    "Gen. Joseph Dunford, U.S.M.C., told reporters.| Sen. Lee agreed.",
    "World War I.| The war ended.| So did I.| They agreed.",
    "It was proven in 1990.| The proof is long.| In 1991 it was used.",
    "Twelve people died.| 14 were hurt.| 3.5 million fled.",
    "It was shown.[3]| Others disagree.[citation needed]| Nobody knows.",
    "Smith et al. (2010) found it.| Jones et al. did not.",
    "Visit example.com or mail a.b@c.org.| Open notes.txt now.",
    "Martin Luther King Jr. was shot.| He was 39.| Sammy Davis Jr.| He sang.",
    "He has a Ph.D. in physics.| She earned a Ph.D.| The end.",
    "St. Louis and Mt. Everest are far.| Ft. Worth is not.",
    "Yahoo! is a firm.| What?!| No way!!!| Fine.",
    "iPhone sales fell.| eBay rose.| mRNA is a molecule.",
    "the flow was laminar .| an equation of mr . smith is used .| it holds .",
    "A spaced ellipsis . . . goes on.| Then it stops.",
    "«Bien sûr.»| Il partit.| ¿Qué pasó?| ¡Nada!| Vale.",
    "1. Open the lid.| Pour it in.",
    "これは本です。|「はい。」と彼は言った。|値は3．5です！|終わり？|はい",
    "यह एक वाक्य है।| यह दूसरा है।| अंत",
    "هل هذا سؤال؟| نعم، هذا جواب.| انتهى",
    "یہ ایک جملہ ہے۔| یہ دوسرا ہے۔",
    "Это г. Москва.| Да, это так.",
    "First paragraph without a stop|\n\nSecond one|\n \nThird",
]


def ends(text: str) -> set[int]:
    return {end for _, end in sentences(text)}


def parse(marked: str) -> tuple[str, set[int]]:
    text, places = "", set()
    for part in marked.split("|"):
        text += part
        places.add(len(text.rstrip()))
    return text, places


@pytest.mark.parametrize("marked", HARD)
def test_hard_cases(marked: str) -> None:
    text, expected = parse(marked)
    assert [text[:end][-25:] for end in sorted(ends(text))] == [text[:end][-25:] for end in sorted(expected)]


LONG = "The board has decided to keep the office in the north until the lease ends, as the rent is low there"


@pytest.mark.parametrize(
    "marked",
    [
        f"Minutes|\nPresent: Ann Lee, Bob|\nAbsent: Li|\n\n1. Budget|\n{LONG}.| Then it rose.",
        f"Data breach|\n{LONG}|\n\nNew hires|\n{LONG}",
        "2013  MSc, Lund University|\n2011  BSc, Uppsala University|\n1999 School in Stockholm, Sweden",
        "2013 was the year in which\n45 of them, with Ann and\n1999 others, came",
        "Maria Lindqvist|\nBorn: 4 May 1988|\nPhone: +46 70 123 45 67",
        "Who sent them is asked by\nMinister Lee: nobody says a\nWord about it",
        "Name: Ann Lee|\nBorn: 1980|\nCity: Bonn",
        f"{LONG}.|\n- met with Ann\n  Keller|\n- left with\nBob",
        f"{LONG}.|\n\nThe list of the\nTen who came, or\nThree of them,\nAnd so on: \nAnn",
        f"{LONG}.|\n\nmilk\neggs",
        "My country is\nSweet land",
    ],
)
def test_a_line_that_was_ended_on_purpose_ends_a_sentence(marked: str) -> None:
    text = marked.replace("|", "")
    assert [text[start:end] for start, end in sentences(text)] == [part.strip() for part in marked.split("|")]


@given(st.integers(20, 140), st.data())
def test_prose_has_the_same_sentences_however_its_lines_are_broken(width: int, data: st.DataObject) -> None:
    paragraphs = [" ".join(block.split()) for block in SEED.read_text(encoding="utf-8").split("\n\n") if block.strip()]
    plain = [text for text in paragraphs if " - " not in text]  # at the start of a line it looks like a list item
    chosen = data.draw(st.lists(st.sampled_from(plain), min_size=1, max_size=8))
    broken = [textwrap.fill(text, width, break_long_words=False, break_on_hyphens=False) for text in chosen]
    whole, wrapped = "\n\n".join(chosen), "\n\n".join(broken)
    assert [whole[a:b] for a, b in sentences(whole)] == [" ".join(wrapped[a:b].split()) for a, b in sentences(wrapped)]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("# A heading. Long\nText. It goes on.", ["# A heading. Long", "Text.", "It goes on."]),
        ("Buy:\n- milk\n- eggs. Not brown\n2) salt", ["Buy:", "- milk", "- eggs.", "Not brown", "2) salt"]),
        ("| a. B | c |\n|---|---|", ["| a. B | c |", "|---|---|"]),
        (f"| {LONG} | {LONG} |\n\nAnn met\nBob Lee", [f"| {LONG} | {LONG} |", "Ann met\nBob Lee"]),
        ("```py\n# no. None\n\nx = 1\n```\nText. More.", ["```py", "# no. None", "x = 1", "```", "Text.", "More."]),
        ("---\ntitle: A. B\n---\nText.", ["---", "title: A. B", "---", "Text."]),
    ],
)
def test_markdown(text: str, expected: list[str]) -> None:
    assert [text[start:end] for start, end in sentences(text)] == expected


def test_headings_are_found_but_not_in_code() -> None:
    text = "# One\n\n```\n# no\n```\n\n## Two ##\ntext\n\nThree\n-----\n#hashtag\n    # indented"
    found = [read_heading(text[b.start : b.end]) for b in blocks(text) if b.kind == "heading"]
    assert found == [(1, "One"), (2, "Two"), (2, "Three")]


@pytest.mark.parametrize(
    ("line", "level", "words"),
    [
        ("# Introduction to C#", 1, "Introduction to C#"),
        ("## F# and C# ##", 2, "F# and C#"),
        ("# Words #\t", 1, "Words"),
        ("# Words # not closed", 1, "Words # not closed"),
        ("## ##", 2, ""),
        ("#", 1, ""),
        ("# Number \\#", 1, "Number \\#"),
        ("C#\n===", 1, "C#"),
    ],
)
def test_only_signs_after_a_space_close_a_heading(line: str, level: int, words: str) -> None:
    assert read_heading(line) == (level, words)


def test_a_fence_that_is_never_closed_is_text() -> None:
    assert [block.kind for block in blocks("```\ntext\n\n# Heading\n\ntext")] == ["text", "heading", "text"]


@settings(max_examples=300)
@given(st.text(alphabet=st.one_of(st.sampled_from(" \n.!?\"'()#-|`=*\t\r\u2028AbC1。’"), st.characters())))
def test_every_character_is_in_exactly_one_sentence(text: str) -> None:
    spans = sentences(text)
    covered = [place for start, end in spans for place in range(start, end)]
    assert len(covered) == len(set(covered)) and covered == sorted(covered)
    assert all(text[start:end] and text[start:end] == text[start:end].strip() for start, end in spans)
    assert {place for place, character in enumerate(text) if not character.isspace()} <= set(covered)


@pytest.mark.slow
@pytest.mark.parametrize(
    "part",
    [
        ".",
        '"',
        "a",
        " ",
        "\n",
        '."',
        ". ",
        ".[",
        "A. ",
        "```\n",
        "```x\n",
        "~~~\n",
        "---\n",
        "- a\n",
        "# \n",
        ".[a",
        "。」",
        "A: b\n",
        "Ab\nAbcdefgh ijkl\n",
        "A" * 30 + ":\n",
    ],
)
def test_time_is_linear(part: str) -> None:
    text = part * (100_000 // len(part))
    since = time.thread_time()
    sentences(text)
    assert time.thread_time() - since < 5  # computes for 0.2 s at most; where it was quadratic, minutes
