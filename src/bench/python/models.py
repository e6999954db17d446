#!/usr/bin/env python3
"""Writes the networks that Pneuma and its peers are measured with, so that all have the same weights.

models.py features NAME FOLDER   NAME.safetensors for Pneuma, NAME.onnx, and TorchScript NAME.nchw.pt, NAME.nhwc.pt
models.py finetune NAME FOLDER   NAME.step.pt: loss, gradients and one step of Adam, from the same weights
models.py head KIND FOLDER       KIND.step.pt: the same for a head on stored features
models.py trio FILE FOLDER       trio.head.pth from FILE, the parameters of a trained SE head one after the other
"""

import json
import pathlib
import struct
import sys

import torch
import torchvision
from torch import nn

import common

ADAM = """
def forward(self, {inputs}, labels):
    loss = self.loss(self.network({inputs}), labels)
    parameters = [{parameters}]
    gradients: List[Tensor] = []
    for g in torch.autograd.grad([loss], parameters):
        assert g is not None
        gradients.append(g)
    most: List[Tensor] = []
    with torch.no_grad():
        self.moments.step.add_(1)
        torch._fused_adam_(
            parameters, gradients, [{first}], [{second}], most, [{steps}],
            lr={rate}, beta1=0.9, beta2=0.999, weight_decay=0.0, eps=1e-8, amsgrad=False, maximize=False)
    # Without a use of the list the compiler takes the update for dead code.
    return loss.detach(), parameters[0]
"""


def access(name):
    """How TorchScript names a parameter: children of sequences have numbers for names."""
    text = "self.network"
    for part in name.split("."):
        text = f'getattr({text}, "{part}")' if part.isdigit() else f"{text}.{part}"
    return text


class Step(nn.Module):
    """A network with Adam's moments beside it."""

    def __init__(self, network):
        super().__init__()
        self.network = network
        self.loss = nn.CrossEntropyLoss()
        self.moments = nn.Module()
        self.moments.register_buffer("step", torch.zeros(()))
        for i, p in enumerate(network.parameters()):
            self.moments.register_buffer(f"first{i}", torch.zeros_like(p))
            self.moments.register_buffer(f"second{i}", torch.zeros_like(p))


def save_step(network, rate, inputs, example, path):
    """One program that does the whole step, so that the peer pays for no calls between its parts."""
    network.train()
    module = Step(network)
    names = [name for name, _ in network.named_parameters()]
    count = range(len(names))
    module.network = torch.jit.trace(network, example, check_trace=False) if len(example) > 1 else torch.jit.script(network)
    scripted = torch.jit.script(module)
    scripted.define(
        ADAM.format(
            rate=rate,
            inputs=inputs,
            # TorchScript takes some for optional, which those that have a gradient are not.
            parameters=", ".join(f"torch.jit._unwrap_optional({access(name)})" for name in names),
            first=", ".join(f"self.moments.first{i}" for i in count),
            second=", ".join(f"self.moments.second{i}" for i in count),
            steps=", ".join("self.moments.step" for _ in count),
        )
    )
    scripted.save(str(path))


def settled(name):
    """Seeded weights, with batch statistics that keep the activations at a usual size, for noise and
    for what is as smooth as a radiograph."""
    torch.manual_seed(1)
    network = common.fresh(name)
    for module in network.modules():
        if isinstance(module, nn.BatchNorm2d):
            module.momentum = 1.0
        elif isinstance(module, torchvision.models.convnext.CNBlock):
            # As large as in trained networks. At first they are 1e-6, and the gradients behind them as small
            # as Adam's epsilon, which Deeplearning4j adds before it corrects the moments and PyTorch after.
            module.layer_scale.data.fill_(0.2)
    network.train()
    with torch.no_grad():
        smooth = nn.functional.interpolate(common.noise(2, 6, 1, 9, 9), 224, mode="bilinear")
        images = torch.cat([common.noise(1, 4, 3, 224, 224), smooth.expand(-1, 3, -1, -1)])
        network((images - common.MEAN) / common.DEVIATION)
    return network.eval()


def save_safetensors(state, path):
    header, at = {}, 0
    for key, value in state.items():
        size = value.numel() * value.element_size()
        kind = {torch.float32: "F32", torch.int64: "I64"}[value.dtype]
        header[key] = {"dtype": kind, "shape": list(value.shape), "data_offsets": [at, at + size]}
        at += size
    text = json.dumps(header).encode()
    text += b" " * (-len(text) % 8)
    with open(path, "wb") as file:
        file.write(struct.pack("<Q", len(text)))
        file.write(text)
        for value in state.values():
            file.write(value.contiguous().numpy().tobytes())


def features(name, folder):
    network = settled(name)
    save_safetensors(network.state_dict(), folder / f"{name}.safetensors")
    torch.save(network.state_dict(), folder / f"{name}.pth")
    example = common.noise(2, 2, 3, 224, 224)
    # With gradients, since without them torch takes an attention of its own that ONNX has not.
    torch.onnx.export(
        common.Features(network).eval(),
        example,
        str(folder / f"{name}.onnx"),
        input_names=["images"],
        output_names=["features"],
        dynamic_axes={"images": {0: "n"}, "features": {0: "n"}},
        opset_version=13,
    )
    with torch.no_grad():
        for layout in ("nchw", "nhwc"):
            last = layout == "nhwc"
            module = common.Features(network, channels_last=last).eval()
            if last:
                module = module.to(memory_format=torch.channels_last)
            # Freezing folds normalisation into the convolutions.
            torch.jit.freeze(torch.jit.trace(module, example)).save(str(folder / f"{name}.{layout}.pt"))


def finetune(name, folder):
    network = common.classifier(name, torch.load(folder / f"{name}.pth"))
    save_step(network, common.FINE_TUNING_RATE, "images", (common.noise(2, 2, 3, 224, 224),), folder / f"{name}.step.pt")


def head(kind, folder):
    example = tuple(common.noise(2 + i, 32, w) for i, w in enumerate(common.WIDTHS))
    save_step(common.Head(kind), common.HEAD_RATE, "a, b, c", example, folder / f"{kind}.step.pt")


def trio(file, folder):
    values = torch.frombuffer(bytearray(pathlib.Path(file).read_bytes()), dtype=torch.float32)
    state, at = common.Head("se").state_dict(), 0
    for key, value in state.items():
        state[key] = values[at : at + value.numel()].view(value.shape).clone()
        at += value.numel()
    assert at == len(values)
    torch.save(state, folder / "trio.head.pth")


if __name__ == "__main__":
    what, name, folder = sys.argv[1:]
    torch.set_num_threads(2)
    {"features": features, "finetune": finetune, "head": head, "trio": trio}[what](name, pathlib.Path(folder))
