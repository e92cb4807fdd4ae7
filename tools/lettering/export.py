# SPDX-License-Identifier: MIT
"""Writes a trained model for the reader: `python3 tools/lettering/export.py MODEL.pt csrc/reader/lettering.figures`.

Batch normalisation is folded into the convolutions. Figures are the upper halves of floats, in the
order in which csrc/reader/lettering_net.c uses them: [tile of 16 outputs][row][column][input][16].
"""
import struct
import sys

import numpy as np
import torch
from torch import nn

from alphabet import ALPHABET
from train import Net

TILE = 16


def halves(values):
    bits = np.ascontiguousarray(values, "<f4").view("<u4")
    rounded = bits + 0x7FFF + ((bits >> 16) & 1)
    return (rounded >> 16).astype("<u2").tobytes()


def folded(conv, norm):
    weights = conv.weight.detach().numpy().astype(np.float64)
    bias = np.zeros(len(weights)) if conv.bias is None else conv.bias.detach().numpy()
    if norm is not None:
        scale = norm.weight.detach().numpy() / np.sqrt(norm.running_var.numpy() + norm.eps)
        weights = weights * scale[:, None, None, None]
        bias = norm.bias.detach().numpy() - norm.running_mean.numpy() * scale
    return weights, bias


def layer(conv, norm, pool, rectified):
    weights, bias = folded(conv, norm)
    out, inside, rows, columns = weights.shape
    tiles = -(-out // TILE)
    padded = np.zeros((tiles * TILE, inside, rows, columns))
    padded[:out] = weights
    ordered = padded.reshape(tiles, TILE, inside, rows, columns).transpose(0, 3, 4, 2, 1)
    bias = np.pad(bias, (0, tiles * TILE - out))
    head = struct.pack("<9I", inside, out, rows, columns, *conv.padding, *(pool or (1, 1)), rectified)
    return head + halves(bias) + halves(ordered)


def main():
    net = Net()
    net.load_state_dict(torch.load(sys.argv[1]))
    layers = []
    for block in net.blocks:
        pool = next((m.kernel_size for m in block if isinstance(m, nn.MaxPool2d)), None)
        layers.append(layer(block[0], block[1], pool, 1))
    layers.append(layer(net.last, None, None, 0))
    signs = ALPHABET.encode()
    with open(sys.argv[2], "wb") as file:
        file.write(struct.pack("<I", len(signs)) + signs + struct.pack("<I", len(layers)) + b"".join(layers))


if __name__ == "__main__":
    main()
