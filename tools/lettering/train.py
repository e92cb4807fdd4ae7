# SPDX-License-Identifier: MIT
"""Trains the lettering model: `python3 tools/lettering/train.py MODEL.pt MINUTES [START.pt]`.

The net is convolutions alone, so that the reader needs no more than csrc/reader/lettering_net.c to
run it: a picture of 32 rows goes in, a distribution over the alphabet comes out every four columns
(connectionist temporal classification, Graves et al. 2006). Lines are made while it trains; each is
seen about three times.
"""
import random
import sys
import time

import numpy as np
import torch
from torch import nn

import lines
from alphabet import ALPHABET, encode

BATCH = 48
SEEN = 3  # times a line is used


def block(inside, outside, kernel, padding, pool=None):
    layers = [nn.Conv2d(inside, outside, kernel, padding=padding, bias=False), nn.BatchNorm2d(outside), nn.ReLU()]
    return nn.Sequential(*layers, *([nn.MaxPool2d(pool)] if pool else []))


class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.blocks = nn.Sequential(
            block(1, 24, 3, 1, (2, 2)),
            block(24, 48, 3, 1, (2, 2)),
            block(48, 80, 3, 1),
            block(80, 80, 3, 1, (2, 1)),
            block(80, 112, 3, 1, (2, 1)),
            block(112, 160, (2, 3), (0, 1)),
            block(160, 160, (1, 5), (0, 2)),
        )
        self.last = nn.Conv2d(160, len(ALPHABET) + 1, 1)

    def forward(self, x):
        return self.last(self.blocks(x)).squeeze(2)  # batch, signs, columns


def batch_of(samples):
    widest = max(p.shape[1] for p, _ in samples)
    widest = (widest + 3) // 4 * 4
    pictures = np.zeros((len(samples), 1, lines.HEIGHT, widest), np.float32)
    for i, (picture, _) in enumerate(samples):
        pictures[i, 0, :, :picture.shape[1]] = picture
    targets = [encode(text) for _, text in samples]
    return (torch.from_numpy(pictures), torch.tensor([s for t in targets for s in t]),
            torch.tensor([p.shape[1] // 4 for p, _ in samples]), torch.tensor([len(t) for t in targets]))


def fits(sample):
    picture, text = sample
    repeats = sum(a == b for a, b in zip(text, text[1:]))
    return picture.shape[1] // 4 >= len(text) + repeats


def make_forever(made):
    import os
    random.seed(os.urandom(8))
    np.random.seed(int.from_bytes(os.urandom(4), "little"))
    while True:
        made.put([lines.sample() for _ in range(64)])


class Supply:
    """Lines from processes that make them, each given out about SEEN times."""

    def __init__(self, makers):
        import multiprocessing
        self.made = multiprocessing.Queue(8)
        self.pool, self.fresh = [], 0
        for _ in range(makers):
            multiprocessing.Process(target=make_forever, args=(self.made,), daemon=True).start()

    def take(self):
        while len(self.pool) < 4000 or self.fresh < BATCH / SEEN:
            new = [s for s in self.made.get() if fits(s)]
            self.pool += new
            self.fresh += len(new)
        self.fresh -= BATCH / SEEN
        if len(self.pool) > 30000:
            del self.pool[:len(self.pool) - 30000]
        start = random.choice(self.pool)[0].shape[1]  # of like width, so that little is padding
        near = sorted(random.sample(self.pool, 400), key=lambda s: abs(s[0].shape[1] - start))
        return near[:BATCH]


def best_path(scores):
    """Text of a score table, signs by columns."""
    text, last = "", 0
    for k in scores.argmax(0):
        if k != last and k:
            text += ALPHABET[k - 1]
        last = int(k)
    return text


def distance(a, b):
    row = list(range(len(b) + 1))
    for i, x in enumerate(a):
        new = [i + 1]
        for j, y in enumerate(b):
            new.append(min(new[j] + 1, row[j + 1] + 1, row[j] + (x != y)))
        row = new
    return row[-1]


def judge(net, samples):
    """Share of signs that are wrong and of lines that are right."""
    net.eval()
    wrong = signs = right = 0
    with torch.no_grad():
        for picture, text in samples:
            x = torch.from_numpy(picture[None, None].astype(np.float32))
            read = " ".join(best_path(net(x)[0].numpy()).split())
            wrong, signs, right = wrong + distance(read, text), signs + len(text), right + (read == text)
    net.train()
    return wrong / signs, right / len(samples)


def main():
    path, minutes = sys.argv[1], float(sys.argv[2])
    torch.set_num_threads(1)
    net = Net()
    if len(sys.argv) > 3:
        net.load_state_dict(torch.load(sys.argv[3]))
    peak = 1e-3 if len(sys.argv) > 3 else 3e-3
    random.seed(7)
    np.random.seed(7)
    held_back = [s for s in (lines.sample() for _ in range(400)) if fits(s)]
    supply = Supply(1)
    optimizer = torch.optim.AdamW(net.parameters(), lr=peak, weight_decay=0.01)
    loss_of = nn.CTCLoss(zero_infinity=True)
    began, step, said, total = time.time(), 0, 0, 0.0
    while (spent := (time.time() - began) / 60 / minutes) < 1:
        rate = peak * min(1, spent / 0.03 + 0.02) * (0.5 + 0.5 * np.cos(np.pi * spent))
        for group in optimizer.param_groups:
            group["lr"] = max(1e-5, rate)
        pictures, targets, widths, lengths = batch_of(supply.take())
        with torch.autocast("cpu", dtype=torch.bfloat16):
            scores = net(pictures)
        scores = scores.float().permute(2, 0, 1).log_softmax(2)
        loss = loss_of(scores, targets, widths, lengths)
        optimizer.zero_grad()
        loss.backward()
        nn.utils.clip_grad_norm_(net.parameters(), 5)
        optimizer.step()
        step, total = step + 1, 0.99 * total + 0.01 * float(loss) if total else float(loss)
        if time.time() - said > 60:
            errors, right = judge(net, held_back)
            print(f"{spent:5.1%} step {step} loss {total:.3f} "
                  f"signs wrong {errors:.3%} lines right {right:.1%}", flush=True)
            torch.save(net.state_dict(), path)
            said = time.time()
    print(f"in the end: signs wrong {judge(net, held_back)[0]:.3%}, lines right {judge(net, held_back)[1]:.1%}")
    torch.save(net.state_dict(), path)


if __name__ == "__main__":
    main()
