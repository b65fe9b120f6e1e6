"""Measures against numbers worked out by hand, and question files that are not what they should be."""

from __future__ import annotations

import gzip
import json
import math
from collections.abc import Sequence
from pathlib import Path

import pytest

from index import Hit, Index
from qa import Answer, Citation, ask
from qa import evaluate as evaluate_module
from qa.errors import QuestionFileError
from qa.evaluate import Turn, evaluate, exact_match, f1, ndcg, outcomes, read_questions


class Parrot:
    """A reader that answers every question with the first two words of the best passage, unless it names a unicorn."""

    def read(self, question: str, hits: Sequence[Hit]) -> Answer:
        if "unicorn" in question or not hits:
            return Answer(question, hits=tuple(hits))
        passage = hits[0].passage
        end = passage.start + len(" ".join(passage.text.split()[:2]))
        quote = Citation(passage, passage.start, passage.end)
        return Answer(question, 1.0, (quote,), Citation(passage, passage.start, end), tuple(hits))


def test_answers_are_compared_as_squad_does() -> None:
    assert exact_match("The Cat!", "a cat") == 1
    assert exact_match("cat", "dog") == 0
    assert f1("the black cat", "a cat") == pytest.approx(2 / 3)
    assert f1("cat", "dog") == 0
    assert f1("", "cat") == 0


def test_ndcg_is_the_textbooks() -> None:
    assert ndcg([3, 2, 3, 0, 1, 2], 6) == pytest.approx(0.961, abs=5e-4)
    assert ndcg([0, 0, 1], 10) == pytest.approx(1 / 2)
    assert ndcg([0, 1], 10, ideal=[1, 1]) == pytest.approx((1 / math.log2(3)) / (1 + 1 / math.log2(3)))
    assert ndcg([0, 0], 10) == 0


def test_an_answer_is_held_by_words_that_are_joined_to_it() -> None:
    assert evaluate_module._holds("The Britain-based group of Syria's friends", ["Britain"])
    assert evaluate_module._holds("The Britain-based group of Syria's friends", ["the Syria"])
    assert evaluate_module._holds("It cost 1,000 at least.", ["1,000"]) and evaluate_module._holds(
        "the U.S. Army", ["US"]
    )
    assert not evaluate_module._holds("The British group", ["Britain"])
    assert not evaluate_module._holds("nothing", [])


def test_every_measure_of_a_small_library(index: Index, monkeypatch: pytest.MonkeyPatch) -> None:
    def ask_parrot(question: str, index: Index, history: Sequence[Answer]) -> Answer:
        return ask(question, index, history, Parrot())

    monkeypatch.setattr("qa.evaluate.ask", ask_parrot)
    conversations = [
        [Turn("Which animal sat on the mat, the black cat?", ("The cat",))],
        [Turn("When do dogs bark at night?", ("at night",)), Turn("Is there a unicorn?", ())],
        [Turn("Do whales sing under water?", ())],
        [Turn("Which unicorn sings?", ("whales", "A"))],  # "A" has no word, as an abstention has none
    ]
    record = evaluate(list(outcomes(conversations, index))).record()
    expected = {
        "questions": 5,
        "answerable": 3,
        "right": 1 / 3,
        "cited": 2 / 3,
        "right_and_cited": 1 / 3,
        "exact_match": 1 / 3,
        "abstained_right": 1 / 2,
        "abstention_precision": 1 / 2,
        "abstention_recall": 1 / 2,
        "citations_literal": 1,
        "recall_at_10": 1,
    }
    assert {name: record[name] for name in expected} == pytest.approx(expected)
    assert 0 < (record["ask_median_ms"] or 0) <= (record["ask_p95_ms"] or 0)


def test_a_kind_of_question_that_was_not_asked_has_no_measure() -> None:
    record = evaluate([]).record()
    assert record["right"] is None
    assert json.loads(json.dumps(record, allow_nan=False))["questions"] == 0


def test_question_files_are_read(tmp_path: Path) -> None:
    line = '{"turns": [{"question": "Who?", "answers": ["me"]}, {"question": "Why?", "answers": []}]}\n'
    (tmp_path / "q.jsonl").write_text("\ufeff" + line + "\n", encoding="utf-8")
    (tmp_path / "q.jsonl.gz").write_bytes(gzip.compress(line.encode()))
    for name in ("q.jsonl", "q.jsonl.gz"):
        assert read_questions(tmp_path / name) == [[Turn("Who?", ("me",)), Turn("Why?", ())]]


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("gone.jsonl", None),
        ("empty.jsonl", b"\n \n"),
        ("binary.jsonl", bytes(range(256))),
        ("notjson.jsonl", b"question: who\n"),
        ("list.jsonl", b"[1, 2]\n"),
        ("half.jsonl", b'{"turns": [{"question": "Who?"}]}\n'),
        ("word.jsonl", b'{"turns": [{"question": "Where?", "answers": "Paris"}]}\n'),
        ("number.jsonl", b'{"turns": [{"question": "When?", "answers": [1969]}]}\n'),
        ("nobody.jsonl", b'{"turns": [{"question": null, "answers": []}]}\n'),
        ("nothing.jsonl", b'{"turns": [{"question": " ", "answers": []}]}\n'),
        ("endless.jsonl", b'{"turns": [{"question": "' + b"x" * 2001 + b'", "answers": []}]}\n'),
        ("deep.jsonl", b"[" * 100_000),
        ("not.gz", b"plain"),
        ("damaged.gz", gzip.compress(b"", mtime=0)[:10] + b"\xff" * 20),
    ],
)
def test_a_file_that_is_no_question_file_is_one_sentence(tmp_path: Path, name: str, content: bytes | None) -> None:
    if content is not None:
        (tmp_path / name).write_bytes(content)
    with pytest.raises(QuestionFileError, match=name) as error:
        read_questions(tmp_path / name)
    assert str(error.value).endswith(".")
    assert "\n" not in str(error.value)


def test_a_line_ends_where_the_file_ends_it(tmp_path: Path) -> None:
    question = "Who\u2028wrote\x85it\x0b?"
    line = json.dumps({"turns": [{"question": question, "answers": []}]}, ensure_ascii=False)
    (tmp_path / "q.jsonl").write_text(f"{line}\r\n{line}\nwrong\n", encoding="utf-8", newline="")
    with pytest.raises(QuestionFileError, match="line 3, is not"):
        read_questions(tmp_path / "q.jsonl")
    (tmp_path / "q.jsonl").write_text(f"{line}\r\n", encoding="utf-8", newline="")
    assert read_questions(tmp_path / "q.jsonl") == [[Turn(question, ())]]
