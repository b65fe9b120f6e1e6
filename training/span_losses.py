"""What the logits of a question's windows are worth beside what people chose, or beside a teacher's."""

from __future__ import annotations

import torch
from torch import Tensor

from training.batch import Batch


def scores(some: Batch, of: Tensor) -> Tensor:
    """Logits less those of [CLS], so that windows compare and "no answer" has 0; only where an answer can be."""
    return (of - of[:, :1]).masked_fill(~some.allowed[..., None], -1e4)


def total(some: Batch, of: Tensor) -> Tensor:
    """Give the log of the sum of exponentials over all places of a group and "no answer", shape (groups, 2)."""
    each = of.logsumexp(1)
    most = each.new_zeros(some.count, 2).scatter_reduce(0, some.groups[:, None].expand(-1, 2), each.detach(), "amax")
    summed = (-most).exp().index_add(0, some.groups, (each - most[some.groups]).exp())
    return most + summed.log()


def hard_loss(some: Batch, of: Tensor) -> Tensor:
    """Cross-entropy with the answers that people chose, or with "no answer"; as in `train_reader.py`."""
    gold = of.new_zeros(some.count, 2)
    window, first, last = some.answers.T
    at = torch.stack([of[window, first, 0], of[window, last, 1]], 1)
    gold = gold.index_put((some.groups[window],), at)
    return (total(some, of) - gold).mean()


def soft_loss(some: Batch, of: Tensor, told: Tensor, temperature: float) -> Tensor:
    """Give how far the places' distribution is from a teacher's (Hinton et al. 2015), over all windows of a group."""
    of, told = of / temperature, told / temperature
    mine, its = total(some, of), total(some, told)
    share = (told - its[some.groups][:, None]).exp()
    apart = (told - its[some.groups][:, None]) - (of - mine[some.groups][:, None])
    found = (share * apart).masked_fill(~some.allowed[..., None], 0.0).sum() + ((-its).exp() * (mine - its)).sum()
    return temperature**2 * found / (2 * some.count)
