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
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from itertools import count, islice
from pathlib import Path

import torch
from safetensors.torch import load_file, save_file
from torch import Tensor, nn
from transformers import BertConfig, BertForQuestionAnswering, BertModel

from index.embed import native_dtype, packaged_folder
from qa.span_model import FORMAT, load_tokenizer
from training.reader_batches import Batch, batch, batches, tokenized
from training.reader_data import (
    Article,
    Question,
    Recipe,
    groups,
    load_articles,
    load_documents,
    load_hard_negatives,
    load_novels,
    with_marks,
)
from training.reader_measures import held_back
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
    """A model in training: float32 weights, a copy that computes, and what has been seen."""

    def __init__(self, plan: Plan, work: Path) -> None:
        """Begin a run, or go on with the one whose checkpoint lies in `work`."""
        self.plan, self.work, self.seen, self.step, self.pool = plan, work, 0, 0, 0
        self.device = torch.device("cuda" if torch.cuda.is_available() else "cpu")
        torch.manual_seed(plan.seed)
        self.model = new_model(plan.start)
        nn.Module.to(self.model, self.device)
        self.master = {n: p.detach().clone().float() for n, p in self.model.named_parameters() if p.requires_grad}
        nn.Module.to(self.model, torch.bfloat16 if self.device.type == "cuda" else native_dtype())
        plain = [n for n in self.master if n.endswith("bias") or "LayerNorm" in n]
        self.optimizer = torch.optim.AdamW(
            [
                {"params": [p for n, p in self.master.items() if n not in plain], "weight_decay": plan.decay},
                {"params": [self.master[n] for n in plain], "weight_decay": 0.0},
            ],
            lr=plan.rate,
            betas=(0.9, 0.98),
            fused=True,
        )
        self._resume()

    def logits(self, some: Batch) -> Tensor:
        """Compute the start and end logits of a batch, shape (windows, tokens, 2)."""
        out = self.model.bert(
            input_ids=some.ids.to(self.device),
            token_type_ids=some.kinds.to(self.device),
            attention_mask=some.mask.to(self.device),
        )
        logits: Tensor = self.model.qa_outputs(out.last_hidden_state).float().cpu()
        return logits

    def learn(self, some: Batch) -> float:
        """Take one step; gives the loss."""
        value = loss(self.logits(some), some)
        value.backward()  # type: ignore[no-untyped-call]
        computing = dict(self.model.named_parameters())
        for name, kept in self.master.items():
            gradient = computing[name].grad
            kept.grad = None if gradient is None else gradient.float()
            computing[name].grad = None
        nn.utils.clip_grad_norm_(list(self.master.values()), 1.0)
        for part in self.optimizer.param_groups:
            part["lr"] = self.plan.rate * self.pace()
        self.optimizer.step()
        self._copy()
        self.step += 1
        self.seen += int(some.groups.max()) + 1
        return float(value.detach())

    def pace(self) -> float:
        """The learning rate's share: up at first, then down in a straight line."""
        done = self.seen / self.plan.groups
        return min(done / self.plan.warm_up + 0.01, max(1 - done, 0.0) / (1 - self.plan.warm_up), 1.0)

    def save(self) -> None:
        """Write a checkpoint, whole or not at all."""
        state = {
            "plan": asdict(self.plan),
            "model": self.master,
            "optimizer": self.optimizer.state_dict(),
            "seen": self.seen,
            "step": self.step,
            "pool": self.pool,
        }
        torch.save(state, self.work / "checkpoint.new")
        (self.work / "checkpoint.new").replace(self.work / "checkpoint.pt")

    def export(self) -> None:
        """Write what was trained as float16; the word embeddings were not, and stay in the encoder's package."""
        tensors = {name: value.cpu().to(torch.float16).contiguous() for name, value in self.master.items()}
        save_file(tensors, self.work / "weights.safetensors", metadata={"format": FORMAT, "seen": str(self.seen)})

    def _resume(self) -> None:
        path = self.work / "checkpoint.pt"
        if not path.exists():
            return
        state = torch.load(path, map_location=self.device)
        if state["plan"] != asdict(self.plan):
            sys.exit(f"{self.work} holds a run with another plan ({state['plan']}); name another folder.")
        with torch.no_grad():
            for name, kept in self.master.items():
                kept.copy_(state["model"][name])
        self._copy()
        self.optimizer.load_state_dict(state["optimizer"])
        self.seen, self.step, self.pool = state["seen"], state["step"], state["pool"]

    def _copy(self) -> None:
        """Round the weights to the copy that computes."""
        computing = dict(self.model.named_parameters())
        with torch.no_grad():
            for name, kept in self.master.items():
                computing[name].copy_(kept)


def new_model(start: str = "") -> BertForQuestionAnswering:
    """Put a new span head on the packaged encoder, whose word embeddings stay as they are; or go on from weights.

    Dropout costs a third of the speed on a CPU, and a run sees hardly any question twice: there is none.
    """
    config = BertConfig.from_pretrained(
        packaged_folder(), hidden_dropout_prob=0.0, attention_probs_dropout_prob=0.0, attn_implementation="eager"
    )
    model = BertForQuestionAnswering(config)
    encoder = BertModel.from_pretrained(packaged_folder(), add_pooling_layer=False, dtype=torch.float32)
    model.bert.load_state_dict(encoder.state_dict())
    if start:
        model.load_state_dict(load_file(start), strict=False)
    model.bert.embeddings.word_embeddings.weight.requires_grad_(False)
    return model


def loss(logits: Tensor, batch: Batch) -> Tensor:
    """Cross-entropy of start and end, normalised over all windows of a group with one place for "no answer".

    The score of a token is its logit less that of [CLS], so that scores of different windows can be compared
    (Clark and Gardner 2018, the "shared-normalization" and "no-answer" objectives).
    """
    scores = logits - logits[:, :1]
    places = torch.arange(logits.shape[1])
    allowed = (places[None] >= batch.firsts[:, None]) & (places[None] < batch.mask.sum(1, keepdim=True) - 1)
    scores = scores.masked_fill(~allowed[..., None], -1e4)
    count = int(batch.groups.max()) + 1
    total = torch.zeros(count, 2)  # the score of "no answer" is 0
    first = torch.cat([torch.ones(1, dtype=torch.bool), batch.groups[1:] != batch.groups[:-1]])
    for turn in (first, ~first):  # at most two windows a group
        here = turn.nonzero()[:, 0]
        part = torch.full((count, 2), -1e4)
        part[batch.groups[here]] = scores[here].logsumexp(1)
        total = torch.logaddexp(total, part)
    gold = torch.zeros(count, 2)
    holds = (batch.answers[:, 0] > 0).nonzero()[:, 0]
    gold[batch.groups[holds]] = scores[holds[:, None], batch.answers[holds], torch.tensor([0, 1])]
    return (total - gold).mean()


def pools(plan: Plan, first: int, corpus: Corpus) -> Iterator[list[Group]]:
    """Draw groups for ever, pool by pool; each question once before any comes again."""
    written = round(plan.written * plan.pooled)
    sources = (
        _rounds([(a, q) for a in corpus.articles for q in a.questions], plan.seed, first * (plan.pooled - written)),
        _rounds([(a, q) for a in corpus.articles for q in a.written], plan.seed, first * written),
    )
    others = [article for article in corpus.articles if len(article.passages) > 1] or corpus.articles
    recipe = Recipe() if plan.marked else Recipe(checked=0.0)  # without marks, every answer to check would be right
    for number in count(first):
        drawn: list[Group] = []
        rng = random.Random(f"{plan.seed} {number}")
        for source, questions in zip(sources, (plan.pooled - written, written), strict=True):
            for article, question in islice(source, questions):
                drawn += groups(article, question, corpus.negatives.get(question.id), others, recipe, rng)
        yield drawn


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
    learned = [
        *load_articles(given.data, held_back=False),
        *load_novels(given.data.parent / "scale", held_back=False),
        *load_documents(),
    ]
    corpus = Corpus(
        with_marks(learned, json.loads(Path(given.marked).read_text())) if given.marked else learned,
        load_articles(given.data, held_back=True),
        load_hard_negatives(given.data),
    )
    train(trainer, corpus, given.every, given.measured, given.keep, given.until)


if __name__ == "__main__":
    main()
