"""Makes the tiny files of torch beside it; needs torch (1.13) and numpy. See README.md."""
import collections, warnings
import numpy, torch, torch.serialization
from torch import nn

warnings.filterwarnings("ignore")
# The older format stores the source of each module's class, here shortened.
torch.serialization.get_source_lines_and_file = lambda cls: (["class %s: pass\n" % cls.__name__], 1, "x.py")


def save(what, name, **options):
    torch.save(what, name + ".pth", **options)


def count(tensor):
    return torch.arange(tensor.numel(), dtype=torch.float64).reshape(tensor.shape).to(tensor.dtype)


module = nn.Sequential(collections.OrderedDict(conv=nn.Conv2d(1, 2, 1), norm=nn.BatchNorm2d(2)))
for tensor in module.state_dict().values():
    tensor.copy_(count(tensor))
module.norm.register_buffer("passing", torch.zeros(1), persistent=False)
state = module.state_dict()
whole = torch.arange(24.0).reshape(2, 3, 4)
kinds = {
    "half": torch.tensor([1.5, -2]).half(),
    "bfloat16": torch.tensor([1.5, -2]).bfloat16(),
    "double": torch.tensor([1.5, -2]).double(),
    "long": torch.tensor([1, -2]),
    "int": torch.tensor([1, -2], dtype=torch.int32),
    "short": torch.tensor([1, -2], dtype=torch.int16),
    "char": torch.tensor([1, -2], dtype=torch.int8),
    "byte": torch.tensor([1, 2], dtype=torch.uint8),
    "bool": torch.tensor([True, False]),
    "scalar": torch.tensor(7.0),
    "empty": torch.zeros(3, 0),
    "parameter": nn.Parameter(torch.tensor([4.0])),
    "whole": whole,
    "transposed": whole.transpose(0, 2),
    "offset": whole[1, 1:, ::2],
    "last": whole.to(memory_format=torch.contiguous_format)[None].to(memory_format=torch.channels_last),
}
optimizer = torch.optim.SGD(module.parameters(), lr=0.1, momentum=0.9)
checkpoint = {
    "epoch": 3, "best": numpy.float64(0.5), "losses": numpy.zeros(2), "arch": "tiny", "device": torch.device("cuda:0"),
    "state_dict": collections.OrderedDict(("module." + key, value) for key, value in state.items()),
    "optimizer": optimizer.state_dict(), "size": torch.Size([1, 2]), "dtype": torch.float16, 3: None,
}
old = dict(_use_new_zipfile_serialization=False)
save(state, "state-zip")
save(state, "state-legacy", **old)
save(module, "module-zip")
save(module, "module-legacy", **old)
save(kinds, "kinds-zip")
save(kinds, "kinds-legacy", **old)
save(checkpoint, "checkpoint-zip", pickle_protocol=4)
save(checkpoint, "checkpoint-legacy", pickle_protocol=4, **old)
