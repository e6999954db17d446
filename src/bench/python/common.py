"""What every peer shares with io.pneuma.bench.Noise and with each other: numbers, networks, Adam."""

import numpy as np
import torch
import torchvision
from torch import nn

CLASSES = 2
WIDTHS = (2048, 1024, 512)  # of resnet152, densenet121 and resnet18
EMBEDDING = 1024
HEADS = 8
HEAD_RATE = 1e-4
FINE_TUNING_RATE = 1e-5
MEAN = torch.tensor([0.485, 0.456, 0.406]).view(1, 3, 1, 1)
DEVIATION = torch.tensor([0.229, 0.224, 0.225]).view(1, 3, 1, 1)


def noise(seed, *shape):
    """Uniform in [0,1); io.pneuma.bench.Noise gives the same numbers."""
    mask = np.uint64(0xFFFFFFFF)
    h = (np.arange(int(np.prod(shape)), dtype=np.uint64) + np.uint64(seed * 1000003)) & mask
    h = (h * np.uint64(2654435761)) & mask
    h ^= h >> np.uint64(16)
    h = (h * np.uint64(2246822519)) & mask
    h ^= h >> np.uint64(13)
    return torch.from_numpy((h.astype(np.float64) / 2**32).astype(np.float32).reshape(shape))


def weight(seed, rows, columns):
    """A matrix out x in, uniform, whose products keep the size of what they are multiplied with."""
    return (2 * noise(seed, rows, columns) - 1) * (3.0 / columns) ** 0.5


class Features(nn.Module):
    """Images in [0,1] to the features of one network, as Pneuma's backbones give them."""

    def __init__(self, network, channels_last=False):
        super().__init__()
        last = next(name for name in ("classifier", "heads", "fc") if hasattr(network, name))
        setattr(network, last, nn.Flatten(1))  # Some leave a single pixel.
        self.network = network
        self.channels_last = channels_last
        self.register_buffer("mean", MEAN)
        self.register_buffer("deviation", DEVIATION)

    def forward(self, x):
        if self.channels_last:
            x = x.contiguous(memory_format=torch.channels_last)
        return self.network((x - self.mean) / self.deviation)


def fresh(name):
    return getattr(torchvision.models, name)(weights=None)


def classifier(name, state):
    """A whole network for fine-tuning: its own recipe of colours, then its features, then two classes."""
    network = fresh(name)
    network.load_state_dict(state)
    for part in network.modules():
        if isinstance(part, torchvision.ops.StochasticDepth):
            part.p = 0.0  # Pneuma has none, and what is drawn at random could not be compared.
    width = (network.fc if hasattr(network, "fc") else network.classifier[-1]).in_features
    backbone = Features(network)
    output = nn.Linear(width, CLASSES)
    with torch.no_grad():
        output.weight.copy_(weight(9, CLASSES, width))
        output.bias.zero_()
    return nn.Sequential(backbone, output)


class Head(nn.Module):
    """Pneuma's head: three embeddings, one attention without biases, two classes."""

    def __init__(self, kind, fresh=True):
        super().__init__()
        self.kind = kind
        self.embed = nn.ModuleList(nn.Linear(w, EMBEDDING) for w in WIDTHS)
        channels = EMBEDDING * len(WIDTHS)
        if kind == "se":
            sizes = [(channels // 16, channels), (channels, channels // 16)]
        elif kind == "self":
            sizes = 4 * [(EMBEDDING, EMBEDDING)]
        else:
            sizes = []
        self.attend = nn.ModuleList(nn.Linear(i, o, bias=False) for o, i in sizes)
        self.conv = nn.Conv1d(1, 1, 7, padding=3, bias=False) if kind == "eca" else None
        self.output = nn.Linear(channels, CLASSES)
        if fresh:
            self.draw()

    @torch.no_grad()
    def draw(self):
        seed = 20
        for layer in [*self.embed, *self.attend, self.output]:
            layer.weight.copy_(weight(seed, *layer.weight.shape))
            if layer.bias is not None:
                layer.bias.zero_()
            seed += 1
        if self.conv is not None:
            self.conv.weight.copy_(weight(seed, 1, 7).view(1, 1, 7))

    def forward(self, a, b, c):
        e = [m(x) for m, x in zip(self.embed, (a, b, c))]
        if self.kind == "self":
            q, k, v, o = self.attend
            t = torch.stack(e, 1)  # B x T x M
            split = lambda z: z.view(-1, len(WIDTHS), HEADS, EMBEDDING // HEADS).transpose(1, 2)
            scores = split(q(t)) @ split(k(t)).transpose(2, 3) * (EMBEDDING // HEADS) ** -0.5
            mixed = torch.softmax(scores, -1) @ split(v(t))
            return self.output(o(mixed.transpose(1, 2).reshape(-1, len(WIDTHS), EMBEDDING)).flatten(1))
        z = torch.cat(e, 1)
        if self.kind == "se":
            squeeze, excite = self.attend
            z = z * torch.sigmoid(excite(torch.relu(squeeze(z))))
        elif self.kind == "eca":
            z = z * torch.sigmoid(self.conv(z[:, None])[:, 0])
        return self.output(z)
