"""A larger encoder into teachers of the reader, and the reader into what they make of each question.

    python -m training.distil teach --data groups.npz --weights MPNET --part 0 --out first.safetensors
    python -m training.distil learn --data groups.npz --weights READER --encoder MINILM --teachers first.safetensors \
        --out weights.safetensors

What is learned from was packed by `pack.py`. A teacher of one part of the paragraphs tells what it thinks of the other
part's questions only, which it has not seen: so what the reader learns is how sure one can be, and not what was learned
by heart. An interrupted run goes on from its checkpoint, where it keeps one. Needs PyTorch, NumPy and safetensors only.

Without a GPU a teacher takes hours. What it makes of each batch before it learns from it can then be kept (`--told`)
and be learned from, beside what the reader itself makes of it (`--own`):

    python -m training.distil teach --data groups.npz --weights MPNET --frozen 6 --told told --out first.safetensors
    python -m training.distil learn --data groups.npz --weights READER --encoder MINILM --told told --own 0.5 \
        --out weights.safetensors

Questions that no teacher was asked can be learned from between those (`--also`), beside what the reader itself makes
of them, so that it stays what it is where they say nothing.
"""

from __future__ import annotations

import argparse
import json
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import asdict, dataclass, replace
from functools import partial
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray
from safetensors.torch import load_file
from torch import Tensor

from training.batch import Batch
from training.encoders import Weights, logits, new_head
from training.learner import Learner, pace
from training.packed import Packed
from training.packed_measures import measure
from training.span_losses import hard_loss, scores, soft_loss
from training.told import cut_told, keep_told, told_batches

Source = Callable[[int], Iterator[Batch]]
"""Gives batches for ever, from any one on: the same ones come again."""


@dataclass(slots=True)
class Done:
    """How far a run is: groups, steps and seconds."""

    seen: int = 0
    steps: int = 0
    seconds: float = 0.0


@dataclass(frozen=True, slots=True)
class Plan:
    """How long is learned, until either is reached, and how: the rate rises over the share `warm_up`, then falls to 0.

    A checkpoint is written to `work` after every `keep` steps, and gone on from; none without one. What it says of
    `run` must be the same: another run needs another checkpoint.
    """

    run: str
    groups: int
    seconds: float
    warm_up: float
    work: Path | None
    keep: int


def train(learner: Learner, batches: Source, plan: Plan, loss: Callable[[Batch], Tensor]) -> None:
    """Learn until the plan is done; tells the mean loss now and then."""
    kept = learner.resume(plan.work) or {"run": plan.run}
    if (run := kept.pop("run")) != plan.run:
        sys.exit(f"{plan.work} holds another run ({run}); name another file.")
    done, losses = Done(**kept), []
    began, since = time.perf_counter() - done.seconds, replace(done)
    for some in batches(done.steps):
        done.seconds = time.perf_counter() - began
        share = max(done.seen / plan.groups, done.seconds / plan.seconds)
        if share >= 1:
            break
        value = loss(some)
        learner.step(value, pace(share, plan.warm_up))
        losses.append(value.detach())
        done.seen, done.steps = done.seen + some.count, done.steps + 1
        if done.steps % TOLD == 0:
            speed = round((done.seen - since.seen) / (done.seconds - since.seconds), 1)
            mean = round(torch.stack(losses).mean().item(), 4)
            print(json.dumps({"seen": done.seen, "loss": mean, "groups a second": speed}), flush=True)
            losses = []
        if plan.work and done.steps % plan.keep == 0:
            learner.keep(plan.work, {"run": plan.run, **asdict(done)})
    print(json.dumps(asdict(done)), flush=True)


DECAY = 0.01
"""AdamW's weight decay."""

NOT_OF_A_RUN = ("do", "work", "keep", "out", "measured", "seconds")
"""Arguments that may differ where a run goes on."""

TOLD = 200
"""Steps between two lines that tell how far a run is."""


def teach(given: argparse.Namespace, device: torch.device) -> None:
    """Train a teacher on one part of the paragraphs."""
    data = Packed(given.data, device)
    weights = {n: w for n, w in load_file(given.weights).items() if "pooler" not in n and w.is_floating_point()}
    torch.manual_seed(given.seed)
    weights = new_head(weights["embeddings.LayerNorm.weight"].shape[0]) | weights  # a teacher that goes on has one
    frozen = [f"encoder.layer.{layer}." for layer in range(given.frozen)]
    fixed = ("embeddings.", *frozen) if frozen else ()
    learner = Learner(weights, device, torch.bfloat16, given.rate, DECAY, fixed)
    chosen = np.flatnonzero(data.groups[:, 1] == given.part)
    print(json.dumps({"groups": len(chosen)}), flush=True)

    def batches(first: int) -> Iterator[Batch]:
        if given.told:
            cut_told(given.told, first)
        return data.batches(chosen, given.tokens, given.seed, first)

    def loss(some: Batch) -> Tensor:
        of = scores(some, logits(learner.weights, some.ids, some.kinds, some.mask, given.dropout))
        if given.told:
            keep_told(given.told, some, of)
        return hard_loss(some, of)

    train(learner, batches, _plan(given), loss)
    learner.save(given.out, everything=True)
    _tell(given, learner, device)


def learn(given: argparse.Namespace, device: torch.device) -> None:
    """Train the reader on what teachers make of the part that each has not seen, and on what people chose."""
    data = Packed(given.data, device)
    name = "bert.embeddings.word_embeddings.weight"
    weights = load_file(given.weights) | {name: load_file(given.encoder)[name.removeprefix("bert.")]}
    learner = Learner(weights, device, torch.bfloat16, given.rate, DECAY)
    own = {n: w.to(device, torch.bfloat16) for n, w in weights.items()}
    teachers = [{n: w.to(device, torch.bfloat16) for n, w in load_file(path).items()} for path in given.teachers]

    def read(weights: Weights, some: Batch) -> Tensor:
        with torch.no_grad():
            return scores(some, logits(weights, some.ids, some.kinds, some.mask))

    def soft_target(some: Batch) -> tuple[Tensor, float]:
        """Give what was made of a batch, and what that weighs beside what people chose."""
        if given.told and some.told is None:
            return read(own, some), given.also_soft
        told = read(teachers[1 - some.part], some) if some.told is None else some.told.to(device)
        if given.own:
            told = (1 - given.own) * told + given.own * read(own, some)
        return told, given.soft

    def loss(some: Batch) -> Tensor:
        told, soft = soft_target(some)
        of = scores(some, logits(learner.weights, some.ids, some.kinds, some.mask))
        return soft * soft_loss(some, of, told, given.temperature) + (1 - soft) * hard_loss(some, of)

    _tell(given, learner, device)
    train(learner, _learned_from(given, data, device), _plan(given), loss)
    learner.save(given.out)
    _tell(given, learner, device)


def _learned_from(given: argparse.Namespace, data: Packed, device: torch.device) -> Source:
    """Give the batches that the reader learns from: what was told, or each teacher's other part of the paragraphs."""

    def of(packed: Packed, chosen: NDArray[np.int64]) -> Source:
        return partial(packed.batches, chosen, given.tokens, given.seed)

    if given.told:
        told = partial(told_batches, given.told, data, given.seed)
        if not given.also:
            return told
        also = Packed(given.also, device)
        return _in_turn(told, of(also, np.arange(len(also.groups))), 1 - given.also_share, given.seed)
    parts = [np.flatnonzero(data.groups[:, 1] == 1 - teacher) for teacher in range(len(given.teachers))]
    if len(parts) == 1:
        return of(data, parts[0])
    return _in_turn(of(data, parts[0]), of(data, parts[1]), len(parts[0]) / sum(map(len, parts)), given.seed)


def _in_turn(one: Source, other: Source, share: float, seed: int) -> Source:
    """Give batches of either of two sources, `share` of them of the first."""

    def batches(first: int) -> Iterator[Batch]:
        rng = np.random.default_rng(seed)
        gone = int((rng.random(first) < share).sum())
        sources = one(gone), other(first - gone)
        while True:
            yield next(sources[0 if rng.random() < share else 1])

    return batches


def _plan(given: argparse.Namespace) -> Plan:
    run = {name: value for name, value in vars(given).items() if name not in NOT_OF_A_RUN}
    return Plan(f"{given.do.__name__} {run}", given.groups, given.seconds, given.warm_up, given.work, given.keep)


def _tell(given: argparse.Namespace, learner: Learner, device: torch.device) -> None:
    if given.measured:
        for source, figures in measure(learner.weights, Packed(given.measured, device)).items():
            print(json.dumps({"measured on": source, **figures}), flush=True)


def main(arguments: Sequence[str] | None = None) -> None:
    """Teach or learn, as the command line says."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    whats = parser.add_subparsers(required=True)
    for do, groups, rate, about in ((teach, 800_000, 6e-5, "a teacher"), (learn, 2_500_000, 4e-4, "the reader")):
        some = whats.add_parser(do.__name__, help=f"train {about}")
        some.set_defaults(do=do)
        some.add_argument("--data", type=Path, required=True, help="what pack.py packed to learn from")
        some.add_argument("--measured", type=Path, help="what pack.py packed to measure with")
        some.add_argument("--weights", type=Path, required=True, help="the weights to begin from")
        some.add_argument("--out", type=Path, required=True)
        some.add_argument("--groups", type=int, default=groups, help="questions to learn from at most")
        some.add_argument("--seconds", type=float, default=1e9, help="seconds to learn at most")
        some.add_argument("--rate", type=float, default=rate, help="the highest learning rate")
        some.add_argument("--work", type=Path, help="where a checkpoint is kept, to go on from after an interruption")
        some.add_argument("--keep", type=int, default=500, help="steps between two checkpoints")
        some.add_argument("--warm-up", type=float, default=0.06)
        some.add_argument("--tokens", type=int, default=24_576, help="tokens of a batch")
        some.add_argument("--seed", type=int, default=1)
        if do is teach:
            some.add_argument("--part", type=int, default=0, help="the part of the paragraphs to learn from")
            some.add_argument("--dropout", type=float, default=0.1)
            some.add_argument("--frozen", type=int, default=0, help="lowest layers that stay as they are")
            some.add_argument("--told", type=Path, help="where it is kept what is made of each batch")
        else:
            some.add_argument("--encoder", type=Path, required=True, help="the packaged encoder's model.safetensors")
            told = some.add_mutually_exclusive_group(required=True)
            told.add_argument("--teachers", type=Path, nargs="+", default=[], help="of part 0, and of 1")
            told.add_argument("--told", type=Path, help="what a teacher made of the batches that it learned from")
            some.add_argument("--also", type=Path, help="what pack.py packed that no teacher told of; with --told")
            some.add_argument("--also-share", type=float, default=0.5, help="the share of batches that are of these")
            some.add_argument("--also-soft", type=float, default=0.2, help="what the reader itself weighs for these")
            some.add_argument("--own", type=float, default=0.0, help="what the reader itself weighs beside a teacher")
            some.add_argument("--temperature", type=float, default=2.0)
            some.add_argument("--soft", type=float, default=0.7, help="what the teachers weigh")
    given = parser.parse_args(arguments)
    if given.do is learn and given.also and not given.told:
        parser.error("--also goes with --told: name what a teacher told, too")
    given.do(given, torch.device("cuda" if torch.cuda.is_available() else "cpu"))


if __name__ == "__main__":
    main()
