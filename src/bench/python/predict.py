#!/usr/bin/env python3
"""predict.py MODELS IMAGE: what ./run.sh predict does, as one writes it with torchvision."""

import json
import sys

import torch
import torchvision
from PIL import Image
from torch import nn
from torchvision.transforms import functional as F

import common

models, image = sys.argv[1:]
networks = []
for name in ("resnet152", "densenet121", "resnet18"):
    network = getattr(torchvision.models, name)(weights=None)
    network.load_state_dict(torch.load(f"{models}/{name}.pth"))
    networks.append(common.Features(network).eval())
head = common.Head("se", fresh=False)
head.load_state_dict(torch.load(f"{models}/trio.head.pth"))
pixels = F.to_tensor(F.resize(Image.open(image).convert("RGB"), [224, 224]))[None]
with torch.inference_mode():
    answer = torch.softmax(head(*(network(pixels) for network in networks)), 1)[0].tolist()
print(json.dumps({"file": image, "probabilities": dict(zip(("NORMAL", "PNEUMONIA"), answer))}))
