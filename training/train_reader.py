"""Questions with their passages into the reader's weights: trains a span head and the encoder under it.

    python -m training.train_reader --data $SHARED/data/reader --work FOLDER

An interrupted run goes on from its last checkpoint when the same command is given again. The passes are computed in
bfloat16 where the machine does, on weights that are kept and updated in float32; a GPU is used where there is one.
"""

from __future__ import annotations

import argparse
import json
import random
import sys
import time
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass
from itertools import islice
from pathlib import Path

import torch
from safetensors import safe_open
from safetensors.torch import load_file
from torch import Tensor

from index.embed import native_dtype, packaged_folder
from qa.span_model import load_tokenizer
from training.batch import Batch
from training.encoders import BERT, Weights, logits, new_head
from training.learner import Learner, pace
from training.reader_batches import batch, batches, tokenized
from training.reader_data import (
    Article,
    Question,
    Recipe,
    groups,
    load_articles,
    load_hard_negatives,
    load_learned,
)
from training.reader_measures import held_back
from training.span_losses import hard_loss, scores
from training.texts import Group


@dataclass(frozen=True, slots=True)
class Plan:
    """What a run is: another plan is another run, and needs another folder.

    `groups` are learned from in all, those of `pooled` questions at a time, put into batches of like length, each of so
    many `tokens` with padding; the learning rate rises to `rate` over the share `warm_up` and then falls to 0 in a
    straight line. `start` names the weights of an earlier run, to go on from with another plan. The share `written` of
    the questions is drawn from those of `written_questions.py`. `marked` names what an earlier run's reader marked
    (`marked.py`).
    """

    groups: int = 110_000
    rate: float = 3e-4
    warm_up: float = 0.05
    tokens: int = 4096
    pooled: int = 1024
    decay: float = 0.01
    seed: int = 1
    start: str = ""
    written: float = 0.0
    marked: str = ""


@dataclass(frozen=True, slots=True)
class Corpus:
    """What is learned from, and the articles that are held back to measure on."""

    articles: list[Article]
    apart: list[Article]
    negatives: dict[str, str]


class Trainer:
    """Weights in training, and what they have seen."""

    def __init__(self, plan: Plan, work: Path) -> None:
        """Begin a run, or go on with the one whose checkpoint lies in `work`."""
        self.plan, self.work, self.seen, self.step, self.pool = plan, work, 0, 0, 0
        self._device = torch.device("cuda" if torch.cuda.is_available() else "cpu")
        torch.manual_seed(plan.seed)
        dtype = torch.bfloat16 if self._device.type == "cuda" else native_dtype()
        self._learner = Learner(new_weights(plan.start), self._device, dtype, plan.rate, plan.decay)
        done = self._learner.resume(self._checkpoint)
        if done:
            if done["plan"] != asdict(self.plan):
                sys.exit(f"{self.work} holds a run with another plan ({done['plan']}); name another folder.")
            self.seen, self.step, self.pool = done["seen"], done["step"], done["pool"]

    @property
    def _checkpoint(self) -> Path:
        return self.work / "checkpoint.pt"

    def logits(self, some: Batch) -> Tensor:
        """Compute the start and end logits of a batch, shape (windows, tokens, 2)."""
        ids, kinds, mask = (part.to(self._device) for part in (some.ids, some.kinds, some.mask))
        return logits(self._learner.weights, ids, kinds, mask).cpu()

    def learn(self, some: Batch) -> float:
        """Take one step; gives the loss."""
        value = hard_loss(some, scores(some, self.logits(some)))
        self._learner.step(value, pace(self.seen / self.plan.groups, self.plan.warm_up))
        self.step += 1
        self.seen += some.count
        return float(value.detach())

    def save(self) -> None:
        """Write a checkpoint, whole or not at all."""
        done = {"plan": asdict(self.plan), "seen": self.seen, "step": self.step, "pool": self.pool}
        self._learner.keep(self._checkpoint, done)

    def export(self) -> None:
        """Write what was trained as float16; the word embeddings were not, and stay in the encoder's package."""
        self._learner.save(self.work / "weights.safetensors", seen=str(self.seen))


def new_weights(start: str = "") -> Weights:
    """Put a new span head on the packaged encoder, whose word embeddings stay as they are; or go on from weights.

    Dropout costs a third of the speed on a CPU, and a run sees hardly any question twice: there is none.
    """
    with safe_open(packaged_folder() / "model.safetensors", framework="pt") as file:
        names = [name for name in file.keys() if name.startswith(("embeddings", "encoder"))]  # noqa: SIM118
        weights = {f"{BERT.prefix}{name}": file.get_tensor(name) for name in names}
    weights = {name: weight for name, weight in weights.items() if weight.is_floating_point()}
    weights |= new_head(weights[f"{BERT.prefix}embeddings.LayerNorm.weight"].shape[0])
    return weights | (load_file(start) if start else {})


def pools(plan: Plan, first: int, corpus: Corpus) -> Iterator[list[Group]]:
    """Draw groups for ever, pool by pool; each question once before any comes again."""
    others = of_several_passages(corpus.articles)
    recipe = Recipe() if plan.marked else Recipe(checked=0.0)  # without marks, every answer to check would be right
    for number, asked in enumerate(posed(corpus.articles, plan.pooled, plan.written, plan.seed, first), first):
        rng = random.Random(f"{plan.seed} {number}")
        drawn: list[Group] = []
        for article, question in asked:
            drawn += groups(article, question, corpus.negatives.get(question.id), others, recipe, rng)
        yield drawn


def posed(
    articles: Sequence[Article], pooled: int, share: float, seed: int, first: int
) -> Iterator[list[tuple[Article, Question]]]:
    """Give the questions of each pool for ever, from the `first` one on; the share of them are written ones."""
    written = round(share * pooled)
    found = _rounds([(a, q) for a in articles for q in a.questions], seed, first * (pooled - written))
    own = _rounds([(a, q) for a in articles for q in a.written], seed, first * written)
    while True:
        yield [*islice(found, pooled - written), *islice(own, written)]


def of_several_passages(articles: list[Article]) -> list[Article]:
    """Give the articles of which a passage may stand beside a question of another; all if none has several."""
    return [article for article in articles if len(article.passages) > 1] or articles


def _rounds(everything: list[tuple[Article, Question]], seed: int, first: int) -> Iterator[tuple[Article, Question]]:
    """Give all questions again and again, each round in another order, from the `first` one on."""
    round_, place = divmod(first, max(1, len(everything)))
    while everything:
        order = list(everything)
        random.Random(f"{seed} round {round_}").shuffle(order)
        yield from order[place:]
        round_, place = round_ + 1, 0


def train(trainer: Trainer, corpus: Corpus, every: int, measured: int, keep: int, until: int) -> None:
    """Learn until the plan is done, or `until` so many groups; tell every 50 steps, measure and save now and then.

    Measures after `every` groups and saves after `keep` pools.
    """
    tokenizer, told = load_tokenizer(str(packaged_folder())), _Told(trainer)
    for drawn in pools(trainer.plan, trainer.pool, corpus):
        rng = random.Random(f"{trainer.plan.seed} batches {trainer.pool}")
        for rows in batches(tokenized(tokenizer, drawn, rng), trainer.plan.tokens, rng):
            before = trainer.seen // every
            told.loss(trainer.learn(batch(rows)))
            if before != trainer.seen // every:
                told.write(held_back(trainer.logits, tokenizer, corpus.apart, corpus.negatives, measured))
        trainer.pool += 1
        done = trainer.seen >= min(until or trainer.plan.groups, trainer.plan.groups)
        if trainer.pool % keep == 0 or done:
            trainer.save()
        if done:
            told.write(held_back(trainer.logits, tokenizer, corpus.apart, corpus.negatives, measured))
            trainer.export()
            return


class _Told:
    """Prints how far a run is, and keeps it as lines of JSON."""

    def __init__(self, trainer: Trainer) -> None:
        self._trainer, self._began, self._seen = trainer, time.perf_counter(), trainer.seen
        self._losses: list[float] = []

    def loss(self, value: float) -> None:
        """Take the loss of a step, and tell the mean of every 50."""
        self._losses.append(value)
        if len(self._losses) == 50:
            pace = (self._trainer.seen - self._seen) / (time.perf_counter() - self._began)
            self.write({"loss": round(sum(self._losses) / 50, 4), "groups a second": round(pace, 1)})
            self._losses = []

    def write(self, figures: dict[str, float]) -> None:
        """Print figures and append them to the log."""
        line = json.dumps({"seen": self._trainer.seen, **figures})
        print(line, flush=True)
        with (self._trainer.work / "log.jsonl").open("a", encoding="utf-8") as log:
            log.write(line + "\n")


def main() -> None:
    """Read the plan from the command line and carry it out."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=Path, required=True, help="the folder with the question files")
    parser.add_argument("--work", type=Path, required=True, help="where checkpoints, log and weights go")
    parser.add_argument("--measured", type=int, default=500, help="held-back questions to measure on")
    parser.add_argument("--every", type=int, default=10_000, help="groups between two measurements")
    parser.add_argument("--until", type=int, default=0, help="stop after so many groups, before the plan is done")
    parser.add_argument("--keep", type=int, default=8, help="pools between two checkpoints")
    for name, value in asdict(Plan()).items():
        parser.add_argument(f"--{name.replace('_', '-')}", type=type(value), default=value)
    given = parser.parse_args()
    given.work.mkdir(parents=True, exist_ok=True)
    trainer = Trainer(Plan(**{name: getattr(given, name) for name in asdict(Plan())}), given.work)
    corpus = Corpus(
        load_learned(given.data, given.marked),
        load_articles(given.data, held_back=True),
        load_hard_negatives(given.data),
    )
    train(trainer, corpus, given.every, given.measured, given.keep, given.until)


if __name__ == "__main__":
    main()
