"""Two kinds of encoders with a span head as functions of their weights, which may be trained or told by others."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor
from torch.nn import functional

Weights = dict[str, Tensor]

CLS, SEP, UNKNOWN = 101, 102, 100
"""Token ids of BERT's uncased vocabulary, which all texts are given in."""

HEAD = "qa_outputs"
"""The linear layer that gives each token two logits."""


@dataclass(frozen=True, slots=True)
class Family:
    """How a kind of encoder names its parts, counts positions and shifts BERT's token ids; all have 12 heads."""

    prefix: str
    query: str
    key: str
    value: str
    out: str
    norm: str
    first_position: int
    eps: float


BERT = Family(
    prefix="bert.",
    query="attention.self.query",
    key="attention.self.key",
    value="attention.self.value",
    out="attention.output.dense",
    norm="attention.output.LayerNorm",
    first_position=0,
    eps=1e-12,
)
MPNET = Family(
    prefix="",
    query="attention.attn.q",
    key="attention.attn.k",
    value="attention.attn.v",
    out="attention.attn.o",
    norm="attention.LayerNorm",
    first_position=2,
    eps=1e-5,
)
HEADS = 12


def new_head(dimension: int) -> Weights:
    """Draw a span head that has learned nothing."""
    return {f"{HEAD}.weight": torch.randn(2, dimension) * 0.02, f"{HEAD}.bias": torch.zeros(2)}


def logits(weights: Weights, ids: Tensor, kinds: Tensor, mask: Tensor, dropout: float = 0.0) -> Tensor:
    """Compute start and end logits, shape (windows, tokens, 2) and float32, of ids in BERT's vocabulary.

    `kinds` are 1 from the text on, `mask` is true where there is a token.

    A post-norm transformer (Devlin et al. 2019), or one with relative positions beside (Song et al. 2020).
    """
    family = MPNET if "encoder.relative_attention_bias.weight" in weights else BERT
    of = _Parts(weights, family)
    ids = ids if family is BERT else _ids_of_mpnet(ids, mask)
    places = torch.arange(ids.shape[1], device=ids.device)
    x = of["embeddings.word_embeddings.weight"][ids]
    x = x + of["embeddings.position_embeddings.weight"][places + family.first_position]
    if family is BERT:
        x = x + of["embeddings.token_type_embeddings.weight"][kinds]
    x = functional.dropout(of.norm("embeddings.LayerNorm", x), dropout, dropout > 0)
    seen = torch.zeros(mask.shape, dtype=x.dtype, device=x.device).masked_fill(~mask, -1e4)[:, None, None]
    if family is MPNET:
        near = weights["encoder.relative_attention_bias.weight"][_buckets(places[None] - places[:, None])]
        seen = seen + near.permute(2, 0, 1)[None]
    else:
        seen = seen.expand(-1, HEADS, len(places), -1)
    layer = 0
    while f"{family.prefix}encoder.layer.{layer}.{family.query}.weight" in weights:
        at = f"encoder.layer.{layer}."
        q, k, v = (
            of.linear(at + name, x).view(*ids.shape, HEADS, -1).transpose(1, 2)
            for name in (family.query, family.key, family.value)
        )
        y = _attention(q, k, v, seen).transpose(1, 2).flatten(2)
        y = functional.dropout(of.linear(at + family.out, y), dropout, dropout > 0)
        x = of.norm(at + family.norm, x + y)
        y = of.linear(at + "output.dense", functional.gelu(of.linear(at + "intermediate.dense", x)))
        x = of.norm(at + "output.LayerNorm", x + functional.dropout(y, dropout, dropout > 0))
        layer += 1
    found: Tensor = functional.linear(x, weights[f"{HEAD}.weight"], weights[f"{HEAD}.bias"]).float()
    return found


def _attention(q: Tensor, k: Tensor, v: Tensor, seen: Tensor) -> Tensor:
    if q.device.type == "cpu":  # where the fused kernel is slower in bfloat16
        alike: Tensor = q / q.shape[-1] ** 0.5 @ k.transpose(-1, -2)
        return (alike + seen).softmax(-1) @ v
    return functional.scaled_dot_product_attention(q, k, v, attn_mask=seen)


class _Parts:
    """Weights by the names that they have within the encoder."""

    def __init__(self, weights: Weights, family: Family) -> None:
        self._weights, self._family = weights, family

    def __getitem__(self, name: str) -> Tensor:
        return self._weights[self._family.prefix + name]

    def linear(self, name: str, x: Tensor) -> Tensor:
        return functional.linear(x, self[f"{name}.weight"], self[f"{name}.bias"])

    def norm(self, name: str, x: Tensor) -> Tensor:
        return functional.layer_norm(x, x.shape[-1:], self[f"{name}.weight"], self[f"{name}.bias"], self._family.eps)


def _ids_of_mpnet(ids: Tensor, mask: Tensor) -> Tensor:
    """BERT's ids in MPNet's vocabulary: the same words in the same order after four of its own."""
    found = ids + 4
    for token, its in ((CLS, 0), (SEP, 2), (UNKNOWN, 3)):
        found = torch.where(ids == token, its, found)
    return torch.where(mask, found, 1)


def _buckets(distance: Tensor, buckets: int = 16, farthest: int = 128) -> Tensor:
    """Number the distances from one token to another as T5 does (Raffel et al. 2020): near ones each, far ones not."""
    far, exact = distance.abs(), buckets // 2
    scaled = torch.log(far.clamp(min=1).float() / exact) / np.log(farthest / exact) * (buckets - exact)
    coarse = (exact + scaled.long()).clamp(max=buckets - 1)
    return torch.where(far < exact, far, coarse) + buckets * (distance > 0)
