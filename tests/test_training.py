"""The reader's training: labels at the right tokens, a loss that is what it says, and runs that survive a kill."""

from __future__ import annotations

import gzip
import json
import math
import os
import random
import re
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from safetensors import safe_open
from safetensors.numpy import load_file
from safetensors.torch import save_file

from index.embed import packaged_folder
from qa.span_model import load_tokenizer
from training import pack
from training.average_reader import average
from training.made_questions import made_questions
from training.packed import Packed
from training.reader_batches import Row, batch, batches, tokenized
from training.reader_data import Recipe, groups, load_articles, load_hard_negatives
from training.span_losses import hard_loss, scores
from training.texts import Group, Text
from training.train_reader import Plan, Trainer, main
from training.unanswerable import WAYS, alike, pool, unanswerable

ROOT = Path(__file__).resolve().parent.parent
NAMES = ["Ada Vale", "Bo Lind", "Cy Marsh", "Di Holt", "Ed Frost"]
TOWNS = ["Arnon", "Belm", "Corvo", "Dunst", "Elba"]


def corpus(folder: Path, articles: int = 40) -> Path:
    """Write question files of the shape of SQuAD, about people who built bridges."""
    rng = random.Random(1)
    entries, negatives = [], []
    for a in range(articles):
        paragraphs = []
        for p in range(3):
            name, town, year = rng.choice(NAMES), rng.choice(TOWNS), str(rng.randint(1700, 1999))
            context = f"The bridge at {town} was built in {year} by {name}. Café owners later paid for its repair."
            qas: list[dict[str, object]] = []
            for question, answer in ((f"Who built the bridge at {town}?", name), ("When was it built?", year)):
                number = f"{a}-{p}-{len(qas)}"
                answers = [{"text": answer, "answer_start": context.index(answer)}]
                qas.append({"id": number, "question": question, "answers": answers, "answer_start_guessed": False})
                negatives.append({"id": f"neg-{number}", "context": f"Nothing is known of {town} in winter."})
            paragraphs.append({"context": context, "qas": qas})
        entries.append({"title": f"Bridge_{a}", "paragraphs": paragraphs})
    for name in ("squad_train", "nq_train", "squadshifts_reddit", "squadshifts_amazon"):
        some = entries if name == "squad_train" else entries[:1]
        with gzip.open(folder / f"{name}.json.gz", "wt") as file:
            json.dump({"data": some}, file)
    with gzip.open(folder / "squad_train_hard_negatives.jsonl.gz", "wt") as file:
        file.writelines(json.dumps(entry) + "\n" for entry in negatives)
    return folder


@pytest.mark.slow
def test_every_article_is_either_trained_on_or_held_back(tmp_path: Path) -> None:
    folder = corpus(tmp_path, 120)
    trained = {article.title for article in load_articles(folder, held_back=False)}
    apart = {article.title for article in load_articles(folder, held_back=True)}
    assert not trained & apart
    assert {f"Bridge {i}" for i in range(120)} <= trained | apart
    assert 0 < len(apart) < 20


@pytest.mark.slow
@pytest.mark.parametrize("seed", range(8))
def test_the_labelled_tokens_are_the_answer(tmp_path: Path, seed: int) -> None:
    folder = corpus(tmp_path)
    articles, negatives = load_articles(folder, held_back=False), load_hard_negatives(folder)
    tokenizer, rng = load_tokenizer(str(packaged_folder())), random.Random(seed)
    for article in articles[:8]:
        for question in article.questions:
            made = groups(article, question, negatives[question.id], articles, Recipe(), rng)
            assert made[0].texts[0].end
            for other in made[1:]:  # only an exchanged question over its exchanged text has an answer
                changed = other.question != made[0].question and other.texts[0].text != made[0].texts[0].text
                assert bool(other.texts[0].end) == changed
            for one, rows in zip(made, tokenized(tokenizer, made, rng), strict=True):
                assert len(rows) == len(one.texts) <= 2
                for row, text in zip(rows, one.texts, strict=True):
                    first, last = row.answer
                    found = str(tokenizer.decode(row.ids[first : last + 1])) if first else ""
                    assert found.replace(" ", "") == text.text[text.start : text.end].lower().replace(" ", "")
                    if text.end:
                        assert text.text[text.start : text.end] in (*NAMES, *map(str, range(1700, 2000)))


def test_a_twin_stands_over_the_text_that_answers_the_question(tmp_path: Path) -> None:
    articles, rng = load_articles(corpus(tmp_path), held_back=False), random.Random(3)
    twins = 0
    for article in articles[:8]:
        for question in article.questions:
            first, *rest = groups(
                article, question, None, articles, Recipe(twin=1.0, other_side=0.0, left_out=0.0, in_vain=0.0), rng
            )
            for twin in rest:
                twins += 1
                assert twin.question != first.question
                assert [text.text for text in twin.texts] == [first.texts[0].text]
    assert twins > 10


def test_words_alike_are_other_words_of_the_same_form() -> None:
    offered = alike("river")
    assert {"pond", "valley"} <= set(offered)
    assert not {"river", "rivers"} & set(offered)
    assert "Belgium" in alike("France") and all(word.istitle() for word in alike("France"))
    assert alike("qqzx") == ()


def test_a_long_text_is_learned_from_where_its_answer_is() -> None:
    text = "word " * 900 + "Ruth Vale built it." + " word" * 900
    rows = tokenized(
        load_tokenizer(str(packaged_folder())), [Group("Who?", (Text(text, 4500, 4509),))], random.Random(0)
    )
    first, last = rows[0][0].answer
    assert len(rows[0][0].ids) == 256
    assert load_tokenizer(str(packaged_folder())).decode(rows[0][0].ids[first : last + 1]) == "ruth vale"


@given(st.integers(0, 10_000))
def test_the_loss_is_the_one_that_the_docstring_names(seed: int) -> None:
    rng = random.Random(seed)
    groups = []
    for _ in range(rng.randint(1, 4)):
        rows = []
        for turn in range(rng.randint(1, 2)):
            length, first = rng.randint(6, 9), 3
            start = rng.randint(first, length - 2)
            answer = (start, rng.randint(start, length - 2)) if turn == 0 and rng.random() < 0.7 else (0, 0)
            rows.append(Row([1] * length, [0] * first + [1] * (length - first), answer, first))
        groups.append(rows)
    some = batch(groups)
    logits = torch.tensor(np.random.default_rng(seed).normal(size=(*some.ids.shape, 2)), dtype=torch.float32)
    expected, at = [], 0
    for rows in groups:
        for which in (0, 1):
            total, gold = 1.0, 0.0
            for i, row in enumerate(rows):
                null = float(logits[at + i, 0, which])
                single = {t: float(logits[at + i, t, which]) - null for t in range(row.first, len(row.ids) - 1)}
                total += sum(math.exp(score) for score in single.values())
                if row.answer[0]:
                    gold = single[row.answer[which]]
            expected.append(math.log(total) - gold)
        at += len(rows)
    assert float(hard_loss(some, scores(some, logits))) == pytest.approx(sum(expected) / len(expected), abs=1e-4)


def test_batches_keep_within_their_tokens_and_lose_nothing() -> None:
    rng = random.Random(5)
    groups = [[Row([1] * rng.randint(8, 200), [0, 1], (0, 0), 1) for _ in range(rng.randint(1, 2))] for _ in range(300)]
    made = batches(groups, 1000, rng)
    assert sorted(id(rows) for some in made for rows in some) == sorted(map(id, groups))
    for some in made:
        rows = [row for rows in some for row in rows]
        assert len(some) == 1 or max(len(row.ids) for row in rows) * len(rows) <= 1000


@pytest.mark.parametrize("way", range(len(WAYS)))
def test_an_exchanged_question_is_another_one_on_the_same_subject(way: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("training.unanswerable.WAYS", (WAYS[way],))
    questions = [
        "When was the largest bridge at Arnon built by Ada Vale in 1874?",
        "Which tower in Belm did Bo Lind design in 1901, before the flood?",
        "Who repaired the smallest chapel with Cy Marsh?",
    ]
    rng = random.Random(way)
    changed = [unanswerable(questions[0], "Bo Lind was there in 1901.", pool(questions), rng) for _ in range(30)]
    assert all(some and some.question != questions[0] for some in changed)
    kept = [len(set(questions[0].split()) & set(some.question.split())) for some in changed if some]
    assert min(kept) >= len(questions[0].split()) - 4


def test_a_question_with_nothing_to_exchange_stays_unchanged() -> None:
    assert unanswerable("why", "It rained.", pool(["why"]), random.Random(1)) is None


@pytest.mark.parametrize(
    ("paragraph", "made"),
    [
        (
            '"Nothing is left of the old mill," said Ann Lee.',
            {"What did Ann Lee say?": "Nothing is left of the old mill"},
        ),
        (
            "It froze. Dr. Vale warned that the dam would not hold another winter.",
            {"What did Dr. Vale warn?": "the dam would not hold another winter"},
        ),
        (
            "Ada Vale, the director of the museum, opened it, and later the mayor of Belm, Bo Lind, closed it.",
            {"Who Ada Vale": "director of the museum", "Who Bo Lind": "mayor of Belm"},
        ),
        ("Cy Marsh described the bridge as a heap of rust.", {"How did Cy Marsh describe the bridge?": "heap of rust"}),
        ('"It was a very long day," said Ann. "It rained the whole of it," said Ann.', {}),
        ("She said that nothing was left of the mill. In Arnon, the director of the museum is ill.", {}),
    ],
)
def test_a_made_question_is_answered_by_the_words_it_was_made_from(paragraph: str, made: dict[str, str]) -> None:
    found = {
        question.question.replace(" is ", " ").replace(" was ", " ").rstrip("?"): paragraph[
            question.start : question.end
        ]
        for question in made_questions(paragraph)
    }
    assert found == {question.rstrip("?"): answer for question, answer in made.items()}


def test_the_mean_of_two_runs_lies_between_them(tmp_path: Path) -> None:
    first, second, out = (tmp_path / f"{name}.safetensors" for name in ("first", "second", "out"))
    save_file({"a": torch.zeros(3), "b": torch.ones(2)}, first, metadata={"format": "x", "seen": "1"})
    save_file({"a": torch.ones(3), "b": torch.ones(2)}, second, metadata={"format": "x", "seen": "2"})
    average(first, second, 0.75, out)
    mean = load_file(out)
    assert mean["a"].tolist() == [0.75] * 3 and mean["b"].tolist() == [1.0] * 2
    assert mean["a"].dtype == np.float16
    with safe_open(str(out), "np") as file:
        assert file.metadata() == {"format": "x", "seen": "2"}
    save_file({"c": torch.ones(2)}, second)
    with pytest.raises(SystemExit, match="not weights of the same model"):
        average(first, second, 0.5, out)


@pytest.mark.slow
def test_what_is_packed_holds_each_question_with_its_answer(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    data, tokenizer = corpus(tmp_path), load_tokenizer(str(packaged_folder()))
    monkeypatch.setattr("training.reader_data.load_documents", lambda: [])  # it learns from few
    plan = ["pack", "--data", str(data), "--groups", "200", "--written", "0"]
    monkeypatch.setattr(pack, "POOLED", 64)
    for name in ("one", "again"):
        monkeypatch.setattr("sys.argv", [*plan, "--out", f"{tmp_path}/{name}.npz"])
        pack.main()
    assert (tmp_path / "one.npz").read_bytes() == (tmp_path / "again.npz").read_bytes()
    packed, told = Packed(tmp_path / "one.npz", torch.device("cpu")), 0
    for number in range(len(packed.groups)):
        some = packed.batch(np.array([number]))
        for window, first, last in some.answers.tolist():
            asked = str(tokenizer.decode(some.ids[window, 1 : int(some.allowed[window].nonzero()[0]) - 1]))
            text = str(tokenizer.decode(some.ids[window][some.allowed[window]]))
            answer = tokenizer.decode(some.ids[window, first : last + 1])
            right = r"by (.+?)\." if asked.startswith("who") else r"in (\d+) by"
            assert answer in re.findall(right, text), (asked, text)
            told += 1
    assert told > 100 and {0, 1} == set(packed.groups[:, 1].tolist())


KILLED = """
import sys, time
from training import reader_data, train_reader

class Stuck(train_reader.Trainer):
    def learn(self, some):
        value = super().learn(some)
        if self.pool == 1:  # a step beyond its only checkpoint
            print("stuck", flush=True)
            time.sleep(600)
        return value

train_reader.Trainer = Stuck
reader_data.load_documents = lambda: []
train_reader.main()
"""


@pytest.fixture
def one_thread() -> Iterator[None]:
    """Let torch sum in one order, here as in other processes."""
    threads = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(threads)


@pytest.mark.slow
@pytest.mark.usefixtures("one_thread")
def test_a_run_that_is_killed_goes_on_to_the_same_weights(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    data = corpus(tmp_path)
    whole, killed = tmp_path / "whole", tmp_path / "killed"

    def words(work: Path) -> list[str]:
        plan = ["--groups", "16", "--pooled", "8", "--tokens", "512", "--keep", "1", "--measured", "4"]
        return ["train_reader", "--data", str(data), "--work", str(work), *plan]

    monkeypatch.setattr("training.reader_data.load_documents", lambda: [])  # it learns from few
    command, one = [sys.executable, "-c", KILLED, *words(killed)[1:]], {**os.environ, "OMP_NUM_THREADS": "1"}
    running = subprocess.Popen(command, cwd=ROOT, env=one, stdout=subprocess.PIPE, text=True)
    monkeypatch.setattr("sys.argv", words(whole))
    main()
    assert running.stdout and "stuck\n" in iter(running.stdout.readline, "")
    running.send_signal(signal.SIGKILL)
    assert running.wait() == -signal.SIGKILL
    assert (killed / "checkpoint.pt").exists() and not (killed / "weights.safetensors").exists()
    monkeypatch.setattr("sys.argv", words(killed))
    main()
    first, second = load_file(whole / "weights.safetensors"), load_file(killed / "weights.safetensors")
    assert first.keys() == second.keys()
    for name in first:
        assert np.allclose(first[name], second[name], rtol=0, atol=2e-3), name  # approx takes 30 s over ten million
    told = [json.loads(line) for line in (whole / "log.jsonl").read_text().splitlines()]
    assert told[-1]["seen"] >= 16 and "f1" in told[-1]
    with pytest.raises(SystemExit, match="another plan"):
        Trainer(Plan(rate=1.0), whole)
