#!/usr/bin/env python3
"""A side of the benchmark in Python; io.pneuma.bench.Worker is the same in Java.

side.py finetune NAME MODELS   one step of Adam over a whole network, channels first or last, the faster
side.py decode JPEGS           torchvision's augmentation over PIL, in processes or threads, the faster
"""

import concurrent.futures
import json
import os
import pathlib
import sys
import time

import torch
import torchvision.transforms as T
import torchvision.transforms.functional as F
from PIL import Image
from torch import nn

import common

CORES = os.cpu_count()
BATCH = 16
SIZE = 224


def rate(run):
    run()
    start = time.perf_counter()
    items = run()
    return (time.perf_counter() - start) / items


def fastest(ways):
    """Of pairs of words and functions that do a round and tell its items."""
    timed = [(rate(run), words, run) for words, run in ways]
    for seconds, words, _ in timed:
        print(f"{words}: {seconds * 1000:.1f} ms", file=sys.stderr)
    return min(timed, key=lambda way: way[0])[1:]


def fine_tuning(name, models):
    batches = [(common.noise(100 + 10 * i, BATCH, 3, SIZE, SIZE), torch.arange(BATCH) % 2) for i in range(2)]

    def steps(layout):
        network = common.classifier(name, torch.load(pathlib.Path(models) / f"{name}.pth"))
        network = network.to(memory_format=layout).train()
        adam = torch.optim.Adam(network.parameters(), common.FINE_TUNING_RATE, foreach=True)
        data = [(x.contiguous(memory_format=layout), y) for x, y in batches]
        at = 0

        def step():
            nonlocal at
            x, y = data[at % len(data)]
            at += 1
            adam.zero_grad()
            loss = nn.functional.cross_entropy(network(x), y)
            loss.backward()
            adam.step()
            return loss.item()

        return step

    first = steps(torch.contiguous_format)
    check = [first() for _ in range(3)]
    last = steps(torch.channels_last)
    words, run = fastest(
        [("channels first", lambda: first() and 1 or 1), ("channels last", lambda: last() and 1 or 1)]
    )
    return f"torch {torch.__version__}, {words}, {CORES} threads", check, run


class Jpegs(torch.utils.data.Dataset):
    """The images over and over, as many as Pneuma decodes in a round."""

    def __init__(self, files):
        self.files = files
        # Rotating what has been shrunk is much faster than the usual order, which rotates first.
        self.augment = T.Compose(
            [
                T.RandomResizedCrop(SIZE, scale=(0.81, 1), ratio=(1, 1), interpolation=T.InterpolationMode.BILINEAR),
                T.RandomRotation(10, interpolation=T.InterpolationMode.BILINEAR),
                T.RandomHorizontalFlip(),
                T.ToTensor(),
            ]
        )

    def __len__(self):
        return 4 * len(self.files)

    def __getitem__(self, i):
        return self.augment(Image.open(self.files[i % len(self.files)]).convert("RGB"))


def decode(folder):
    torch.set_num_threads(1)
    folder = pathlib.Path(folder)
    jpegs = Jpegs(sorted(folder.glob("*.jpeg")))
    views = json.loads((folder / "views.json").read_text())

    def given(file, view):
        image = Image.open(file).convert("RGB")
        box = [round(view[k]) for k in ("top", "left", "side", "side")]
        image = F.resized_crop(image, *box, [SIZE, SIZE], interpolation=T.InterpolationMode.BILINEAR)
        image = F.rotate(image, view["degrees"], interpolation=T.InterpolationMode.BILINEAR)
        image = F.hflip(image) if view["mirror"] else image
        return F.to_tensor(image)[0, 48:-48, 48:-48].flatten().tolist()

    check = [value for file, view in zip(jpegs.files[:8], views) for value in given(file, view)]
    loader = torch.utils.data.DataLoader(jpegs, batch_size=BATCH, num_workers=CORES, persistent_workers=True)
    pool = concurrent.futures.ThreadPoolExecutor(CORES)

    def processes():
        return sum(len(batch) for batch in loader)

    def threads():
        count = range(len(jpegs))
        parts = [count[at : at + BATCH] for at in range(0, len(count), BATCH)]
        return sum(pool.map(lambda part: len(torch.stack([jpegs[i] for i in part])), parts))

    words, run = fastest([(f"{CORES} processes", processes), (f"{CORES} threads", threads)])
    return f"batch {BATCH}, {words}", check, run


if __name__ == "__main__":
    answers, sys.stdout = sys.stdout, sys.stderr
    torch.set_num_threads(CORES)
    setup, check, run = {"finetune": fine_tuning, "decode": decode}[sys.argv[1]](*sys.argv[2:])
    print(json.dumps({"setup": setup, "check": check}), file=answers, flush=True)
    for line in sys.stdin:
        seconds, items, start = float(line), 0, time.perf_counter()
        taken = 0.0
        while taken < seconds:
            items += run()
            taken = time.perf_counter() - start
        print(json.dumps({"seconds": taken, "items": items}), file=answers, flush=True)
