"""Verdicts: kept with what they are about, changed, taken back, and written as a file that `quotewise eval` reads."""

from __future__ import annotations

import errno
from collections.abc import Iterator
from pathlib import Path

import pytest
import typer.testing

from index import Document, Index
from index.split import split
from qa import __main__ as command_line
from qa.errors import FeedbackError
from qa.evaluate import read_questions
from qa.feedback import LONGEST_WORD, keep_verdict, question_lines, take_back, verdicts, write_questions
from qa.settings import open_library
from qa.types import Answer, Citation

TEXT = "A worker bee lives for about six weeks in summer."
PASSAGE = split(Document(TEXT))[0]
SPAN = Citation(PASSAGE, 23, 38)
SIX_WEEKS = Answer("How long?", 0.8, (Citation(PASSAGE, 0, len(TEXT)),), SPAN, asked_as="How long does a bee live?")
NOTHING = Answer("Who won?", 0.1, asked_as="Who won?")


def gold(index: Index, file: Path) -> dict[str, tuple[str, ...]]:
    file.write_text("\n".join(question_lines(verdicts(index))) + "\n", encoding="utf-8")
    return {turn.question: turn.answers for turns in read_questions(file) for turn in turns}


def test_a_verdict_tells_all_that_it_is_about(index: Index) -> None:
    keep_verdict(index, "k1", SIX_WEEKS, up=True, word="  so\nit is ")
    (kept,) = verdicts(index)
    assert (kept.question, kept.asked_as, kept.short) == ("How long?", "How long does a bee live?", "about six weeks")
    assert (kept.up, kept.word, kept.score) == (True, "so it is", 0.8)
    assert [TEXT[start:end] for _, start, end in kept.places] == [TEXT] and kept.places[0][0] == PASSAGE.document_id
    assert kept.when.endswith("+00:00")


def test_it_is_changed_and_taken_back(index: Index) -> None:
    keep_verdict(index, "k1", SIX_WEEKS, up=True)
    keep_verdict(index, "k1", SIX_WEEKS, up=False, word="two months")
    assert [(verdict.up, verdict.word) for verdict in verdicts(index)] == [(False, "two months")]
    take_back(index, "k1")
    take_back(index, "k1")
    assert verdicts(index) == []


def test_they_become_questions_with_right_answers(index: Index, tmp_path: Path) -> None:
    keep_verdict(index, "1", SIX_WEEKS, up=True)
    keep_verdict(index, "2", NOTHING, up=True)
    keep_verdict(index, "3", Answer("Who lost?"), up=False, word="Mary 是 \ud800")
    keep_verdict(index, "4", Answer("Who else?"), up=False)
    keep_verdict(index, "5", Answer("Who drew?", documents=("a",)), up=True)  # others may tell
    assert gold(index, tmp_path / "q.jsonl") == {
        "How long does a bee live?": ("about six weeks",),
        "Who won?": (),
        "Who lost?": ("Mary 是 ?",),
    }


def test_several_right_answers_are_right_and_the_latest_word_on_an_abstention_counts(
    index: Index, tmp_path: Path
) -> None:
    file = tmp_path / "q.jsonl"
    keep_verdict(index, "1", SIX_WEEKS, up=True)
    keep_verdict(index, "2", SIX_WEEKS, up=True)
    keep_verdict(index, "3", SIX_WEEKS, up=False, word="42 days")
    question = SIX_WEEKS.asked_as
    assert gold(index, file) == {question: ("about six weeks", "42 days")}
    keep_verdict(index, "4", Answer(question), up=True)
    lines = question_lines(sorted(verdicts(index), key=lambda verdict: verdict.key))
    assert lines == [f'{{"turns": [{{"question": "{question}", "answers": []}}]}}']
    lines = question_lines(sorted(verdicts(index), key=lambda verdict: verdict.key, reverse=True))
    assert '"answers": ["42 days", "about six weeks"]' in lines[0]


def test_what_is_too_long_or_has_no_proper_key_is_refused(index: Index) -> None:
    for key in ("", "a b", "x" * 65, "../x", "\ud800"):
        with pytest.raises(FeedbackError, match="key"):
            keep_verdict(index, key, NOTHING, up=True)
        with pytest.raises(FeedbackError, match="key"):
            take_back(index, key)
    with pytest.raises(FeedbackError, match="at most 500"):
        keep_verdict(index, "k", NOTHING, up=False, word="x" * (LONGEST_WORD + 1))
    assert index.notes() == {}


def test_the_command_lists_exports_and_forgets(tmp_path: Path) -> None:
    folder, file = str(tmp_path / "library"), tmp_path / "questions.jsonl"
    with open_library(folder) as index:
        keep_verdict(index, "1", SIX_WEEKS, up=True)
        keep_verdict(index, "2", NOTHING, up=False)

    def run(*words: str) -> typer.testing.Result:
        return typer.testing.CliRunner().invoke(command_line.cli, ["feedback", "--library", folder, *words])

    assert run().exit_code == 0
    assert run("--export", str(file)).exit_code == 0
    assert [turn.question for turns in read_questions(file) for turn in turns] == ["How long does a bee live?"]
    assert isinstance(run("--export", str(tmp_path)).exception, FeedbackError)
    gone = run("--export", str(tmp_path / "gone" / "questions.jsonl"), "--forget").exception
    assert isinstance(gone, FeedbackError) and "cannot be written" in str(gone)
    again = run("--export", str(file), "--forget").exception
    assert isinstance(again, FeedbackError) and "is there already" in str(again)
    with open_library(folder) as index:
        assert len(verdicts(index)) == 2, "what was not written is not forgotten"
    assert run("--export", str(tmp_path / "again.jsonl"), "--forget").exit_code == 0
    assert (tmp_path / "again.jsonl").read_text() == file.read_text() != ""
    with open_library(folder) as index:
        assert verdicts(index) == []


def test_questions_are_written_whole_or_not_at_all(tmp_path: Path) -> None:
    def lines() -> Iterator[str]:
        yield "{}"
        raise OSError(errno.ENOSPC, "No space left on device")

    with pytest.raises(FeedbackError, match=r"cannot be written \(No space left on device\)"):
        write_questions(tmp_path / "q.jsonl", lines())
    assert list(tmp_path.iterdir()) == []
    (tmp_path / "link.jsonl").symlink_to(tmp_path / "nowhere")
    with pytest.raises(FeedbackError, match="is there already"):
        write_questions(tmp_path / "link.jsonl", ["{}"])
