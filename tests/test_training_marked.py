"""What a reader marks, to learn from: ranges of the paragraph that lie apart, and a run that goes on where it was."""

from __future__ import annotations

import json
import sys
from importlib.resources import files
from itertools import pairwise
from pathlib import Path

import pytest

from tests.test_training import corpus
from training import marked
from training.reader_data import key, load_articles, with_marks

WEIGHTS = str(files("qa").joinpath("reader/weights.safetensors"))
TOLD = "The bridge at Belm was built in 1874 by Ada Vale. Café owners later paid for its repair."


def test_what_is_marked_are_ranges_of_the_paragraph_that_lie_apart_the_answer_first() -> None:
    pairs = {"who": ("Who built the bridge at Belm?", TOLD), "when": ("When was it built?", f"{TOLD} " * 40)}
    found = dict(marked.marked(WEIGHTS, pairs))
    assert found.keys() == pairs.keys()
    for name, answer in (("who", "Ada Vale"), ("when", "1874")):
        assert pairs[name][1][slice(*found[name][0])] == answer
    for name, ranges in found.items():
        assert 1 < len(ranges) <= marked.MARKED
        assert all(0 <= start < end <= len(pairs[name][1]) for start, end in ranges)
        assert all(end <= start for (_, end), (start, _) in pairwise(sorted(ranges)))


def test_a_run_that_is_given_again_reads_only_what_is_left(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    data, out = corpus(tmp_path, articles=3), tmp_path / "marks.json"
    monkeypatch.setattr(marked, "load_documents", list)
    command = ["marked", "--data", str(data), "--weights", WEIGHTS, "--out", str(out), "--found", "1"]
    monkeypatch.setattr(sys, "argv", command)
    marked.main()
    marks = json.loads(out.read_text())
    articles = with_marks(load_articles(data, held_back=False), marks)
    assert all(question.marked for article in articles for question in article.questions if question.id)
    first = next(question for article in articles for question in article.questions)
    del marks[key(articles[0].paragraphs[first.paragraph], first.text)]
    out.write_text(json.dumps(marks))
    marked.main()
    assert "Questions to read: 1\n" in capsys.readouterr().out
    assert len(json.loads(out.read_text())) == len(marks) + 1
