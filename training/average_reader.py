"""The reader's weights of two runs, the second begun from the first, into their weighted mean (Wortsman et al. 2022).

python -m training.average_reader FIRST SECOND --share 0.75 --out qa/reader/weights.safetensors
"""

from __future__ import annotations

import argparse
from pathlib import Path

import torch
from safetensors import safe_open
from safetensors.torch import load_file, save_file

from qa.span_model import FORMAT


def main() -> None:
    """Read two files of weights and write their mean."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("first", type=Path, help="the weights that the second run began from")
    parser.add_argument("second", type=Path)
    parser.add_argument("--share", type=float, default=0.75, help="what the second weighs")
    parser.add_argument("--out", type=Path, required=True)
    given = parser.parse_args()
    average(given.first, given.second, given.share, given.out)


def average(first: Path, second: Path, share: float, out: Path) -> None:
    """Write the mean of two files of weights, of which the second weighs `share`; as float16, with its own words."""
    one, other = load_file(first), load_file(second)
    if one.keys() != other.keys():
        raise SystemExit(f"{first} and {second} are not weights of the same model; name two runs of train_reader.")
    mean = {name: torch.lerp(one[name].float(), other[name].float(), share).half().contiguous() for name in one}
    with safe_open(str(second), "pt") as file:
        words = file.metadata() or {"format": FORMAT}
    save_file(mean, out, metadata=words)


if __name__ == "__main__":
    main()
