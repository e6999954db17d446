#!/usr/bin/env python3
"""Writes the golden numbers of the networks that have them from here: formula weights, by the names that Pneuma
gives parameters, so that no file of weights is needed. Needs Debian's python3-torchvision.

make.py NAME > NAME.json      efficientnet_b0 convnext_tiny vit_b_16 vit_s_16 dinov2_vitb14 dinov2_vits14 rad_dino
make.py positions > positions.json     positions of 4 x 4 patches interpolated to 7 x 7 and to 3 x 3
"""

import json
import math
import re
import sys
import zlib

import numpy as np
import torch
import torchvision
from torch import nn

SIZE = 224
BATCH = 2
IMAGENET = ((0.485, 0.456, 0.406), (0.229, 0.224, 0.225))
COLOURS = {"rad_dino": ((0.5307,) * 3, (0.2583,) * 3)}
TRANSFORMERS = {"vit_b_16": (16, 768, False), "vit_s_16": (16, 384, False), "dinov2_vitb14": (14, 768, True),
                "dinov2_vits14": (14, 384, True), "rad_dino": (14, 768, True)}


class Block(nn.Module):
    def __init__(self, width, scaled):
        super().__init__()
        self.norm1 = nn.LayerNorm(width, eps=1e-6)
        self.qkv = nn.Linear(width, 3 * width)
        self.proj = nn.Linear(width, width)
        self.norm2 = nn.LayerNorm(width, eps=1e-6)
        self.fc1 = nn.Linear(width, 4 * width)
        self.fc2 = nn.Linear(4 * width, width)
        self.ls1 = nn.Parameter(torch.ones(width)) if scaled else 1
        self.ls2 = nn.Parameter(torch.ones(width)) if scaled else 1

    def forward(self, x):
        b, t, c = x.shape
        q, k, v = self.qkv(self.norm1(x)).view(b, t, 3, c // 64, 64).permute(2, 0, 3, 1, 4)
        mixed = torch.softmax(q @ k.transpose(2, 3) / 8, -1) @ v
        x = x + self.ls1 * self.proj(mixed.transpose(1, 2).reshape(b, t, c))
        return x + self.ls2 * self.fc2(nn.functional.gelu(self.fc1(self.norm2(x))))


class Transformer(nn.Module):
    """Dosovitskiy et al. (2021), with LayerScale where scaled."""

    def __init__(self, patch, width, scaled):
        super().__init__()
        self.patches = nn.Conv2d(3, width, patch, patch)
        self.token = nn.Parameter(torch.zeros(1, 1, width))
        self.positions = nn.Parameter(torch.zeros(1, 1 + (SIZE // patch) ** 2, width))
        self.blocks = nn.ModuleList(Block(width, scaled) for _ in range(12))
        self.norm = nn.LayerNorm(width, eps=1e-6)
        self.head = nn.Linear(width, 1000)

    def features(self, x):
        x = self.patches(x).flatten(2).transpose(1, 2)
        x = torch.cat([self.token.expand(len(x), -1, -1), x], 1) + self.positions
        for block in self.blocks:
            x = block(x)
        return self.norm(x[:, 0])

    def forward(self, x):
        return self.head(self.features(x))


def own(key):
    """Pneuma's name of a parameter."""
    key = re.sub(r"\.(qkv|proj)\.", r".attn.\1.", key) if key.startswith("blocks") else key
    key = re.sub(r"\.(fc[12])\.", r".mlp.\1.", key) if key.startswith("blocks") else key
    key = re.sub(r"\.(ls[12])$", r".\1.weight", key)
    return re.sub(r"^(token|positions)$", r"tokens.\1", key).replace(".layer_scale", ".scale.weight")


def formula(key, shape):
    shape = tuple(shape)
    if key.endswith("scale.weight"):
        shape = shape[:1]
    i = np.arange(int(np.prod(shape)), dtype=np.float64)
    s = np.sin(0.7 * i + 0.0013 * i * i + zlib.crc32(key.encode()) % 1000)
    if key.endswith("running_mean"):
        return 0.1 * s
    if key.endswith("running_var"):
        return 1 + 0.5 * s * s
    if len(shape) > 1:
        return s * math.sqrt(2.0 / np.prod(shape[1:])) * math.sqrt(2.0)
    return GAIN + 0.1 * s if key.endswith("weight") else 0.1 * s


GAIN = {"efficientnet_b0": 1.3}.get(sys.argv[1], 1.0)


def fill(network):
    state = {}
    for key, value in network.state_dict().items():
        new = value if value.dtype == torch.int64 else torch.from_numpy(
            formula(own(key), value.shape).astype(np.float32).reshape(tuple(value.shape)))
        state[key] = new
    network.load_state_dict(state)
    return network.eval()


def check_against_torchvision():
    """The plain transformer is torchvision's."""
    mine = fill(Transformer(*TRANSFORMERS["vit_b_16"]))
    names = {"patches": "conv_proj", "token": "class_token", "positions": "encoder.pos_embedding", "norm": "encoder.ln", "head": "heads.head",
             "norm1": "ln_1", "norm2": "ln_2", "fc1": "mlp.0", "fc2": "mlp.3", "proj": "self_attention.out_proj"}
    state = {}
    for key, value in mine.state_dict().items():
        new = re.sub(r"^blocks\.(\d+)\.", r"encoder.layers.encoder_layer_\1.", key)
        parts = new.split(".")
        new = re.sub(r"qkv\.(\w+)$", r"self_attention.in_proj_\1", new)
        for old, theirs in names.items():
            new = re.sub(rf"(^|\.){old}(\.(weight|bias))?$", rf"\g<1>{theirs}\g<2>", new)
        state[new] = value
    theirs = torchvision.models.vit_b_16(weights=None).eval()
    theirs.load_state_dict(state)
    x = images(IMAGENET)
    with torch.inference_mode():
        error = (theirs(x) - mine(x)).abs().max().item()
    assert error < 1e-4, error


def images(colours):
    j = np.arange(3 * SIZE * SIZE, dtype=np.float64)
    x = np.stack([0.5 + 0.5 * np.sin(0.013 * j + n) for n in range(BATCH)]).astype(np.float32)
    mean, deviation = (torch.tensor(c).view(1, 3, 1, 1) for c in colours)
    return (torch.from_numpy(x).view(BATCH, 3, SIZE, SIZE) - mean) / deviation


def rounded(tensor):
    return [[float("%.6g" % v) for v in row] for row in tensor.tolist()]


def golden(name):
    x = images(COLOURS.get(name, IMAGENET))
    with torch.inference_mode():
        if name in TRANSFORMERS:
            network = fill(Transformer(*TRANSFORMERS[name]))
            f, y = network.features(x), network(x)
        else:
            network = fill(getattr(torchvision.models, name)(weights=None))
            f, y = network.avgpool(network.features(x)).flatten(1), network(x)
    return {"network": name, "size": SIZE, "chirp": 0.0013, "gain": GAIN, "torch": torch.__version__, "featureDim": f.shape[1],
            "features_first16": rounded(f[:, :16]), "features_mean": [float("%.6g" % v) for v in f.mean(1)],
            "features_l2": [float("%.6g" % v) for v in f.norm(dim=1)],
            "logits_first16": rounded(y[:, :16]), "logits_l2": [float("%.6g" % v) for v in y.norm(dim=1)]}


def positions():
    given = torch.sin(0.7 * torch.arange(16 * 2, dtype=torch.float64)).float().view(1, 4, 4, 2).permute(0, 3, 1, 2)
    scaled = {}
    for side in (7, 3):
        to = nn.functional.interpolate(given, size=(side, side), mode="bicubic", align_corners=False)
        scaled[side] = [float("%.7g" % v) for v in to.permute(0, 2, 3, 1).flatten().tolist()]
    return scaled


if sys.argv[1] == "vit_b_16":
    check_against_torchvision()
json.dump(positions() if sys.argv[1] == "positions" else golden(sys.argv[1]), sys.stdout, indent=1)
print()
