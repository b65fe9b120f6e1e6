"""Weights that learn: what is kept in float32, and the copy that computes."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import torch
from safetensors.torch import save_file
from torch import Tensor

from training.encoders import Weights

FORMAT = "quotewise-reader-1"
"""What weights of the reader say of themselves, as `qa/span_model.py` expects."""

FIXED = ("word_embeddings", "relative_attention_bias")
"""Weights that stay as they are."""


def pace(done: float, warm_up: float) -> float:
    """Give the learning rate's share where so much of a run is done: up at first, then down in a straight line."""
    return min(done / warm_up + 0.01, max(1 - done, 0.0) / (1 - warm_up), 1.0)


class Learner:
    """Weights in training: kept and updated in float32, rounded to a copy that computes."""

    def __init__(
        self,
        weights: Weights,
        device: torch.device,
        dtype: torch.dtype,
        rate: float,
        decay: float,
        fixed: Sequence[str] = (),
    ) -> None:
        """Take weights to learn, at the highest rate and decay that AdamW is to have.

        Those with a name of `fixed` in theirs stay as they are, too.
        """
        self.rate = rate
        learned = [name for name in weights if not any(part in name for part in (*FIXED, *fixed))]
        self.master = {n: weights[n].detach().to(device, torch.float32, copy=True) for n in learned}
        self.weights = {n: w.detach().to(device, dtype, copy=True) for n, w in weights.items()}
        for name in learned:
            self.weights[name].requires_grad_()
        plain = [n for n in learned if n.endswith("bias") or "LayerNorm" in n]
        self._optimizer = torch.optim.AdamW(
            [
                {"params": [w for n, w in self.master.items() if n not in plain], "weight_decay": decay},
                {"params": [self.master[n] for n in plain], "weight_decay": 0.0},
            ],
            betas=(0.9, 0.98),
            fused=True,
        )

    def step(self, loss: Tensor, pace: float) -> None:
        """Take one step at a share of the rate."""
        loss.backward()  # type: ignore[no-untyped-call]
        for name, kept in self.master.items():
            gradient = self.weights[name].grad
            kept.grad = None if gradient is None else gradient.float()
            self.weights[name].grad = None
        torch.nn.utils.clip_grad_norm_(list(self.master.values()), 1.0)
        for part in self._optimizer.param_groups:
            part["lr"] = self.rate * pace
        self._optimizer.step()
        self._copy()

    def keep(self, path: Path, done: Mapping[str, Any]) -> None:
        """Write a checkpoint, whole or not at all, with how far the run is."""
        state = {"master": self.master, "optimizer": self._optimizer.state_dict(), "done": dict(done)}
        torch.save(state, path.with_suffix(".new"))
        path.with_suffix(".new").replace(path)

    def resume(self, path: Path | None) -> dict[str, Any]:
        """Go on from a checkpoint; gives what was kept with it, nothing where there is none."""
        if path is None or not path.exists():
            return {}
        state = torch.load(path, map_location=next(iter(self.master.values())).device)
        with torch.no_grad():
            for name, kept in self.master.items():
                kept.copy_(state["master"][name])
        self._optimizer.load_state_dict(state["optimizer"])
        self._copy()
        done: dict[str, Any] = state["done"]
        return done

    def save(self, path: Path, everything: bool = False, **words: str) -> None:
        """Write the weights as float16, those that stay as they are only with everything."""
        chosen = self.weights | self.master if everything else self.master
        tensors = {n: w.detach().cpu().to(torch.float16).contiguous() for n, w in chosen.items()}
        save_file(tensors, path, {"format": FORMAT, **words})

    def _copy(self) -> None:
        """Round the weights to the copy that computes."""
        with torch.no_grad():
            torch._foreach_copy_([self.weights[name] for name in self.master], list(self.master.values()))
