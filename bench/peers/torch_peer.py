"""PyTorch on the CPU, each row in all the ways it has: eager, with the fused optimizer, compiled, and
convolutions in both memory layouts."""
import subprocess
import sys

import torch
import torch.nn as nn
import torch.nn.functional as F

import common
from common import Cannot, repeated
from torch_gpt import Gpt, adamw
import torch_pictures

torch.set_num_threads(common.THREADS)


class Mlp(nn.Module):
    def __init__(self):
        super().__init__()
        sizes = zip(common.MLP, common.MLP[1:])
        self.layers = nn.ModuleList(nn.Linear(inputs, outputs) for inputs, outputs in sizes)
        begin_with(self.layers, common.initial_mlp())

    def forward(self, x):
        for layer in self.layers[:-1]:
            x = F.relu(layer(x))
        return F.log_softmax(self.layers[-1](x), 1)


class Cnn(nn.Module):
    def __init__(self, dropout):
        super().__init__()
        self.conv1, self.conv2 = nn.Conv2d(1, 32, 3), nn.Conv2d(32, 64, 3)
        self.fc1, self.fc2 = nn.Linear(9216, 128), nn.Linear(128, 10)
        self.dropout = nn.Dropout(dropout)
        begin_with([self.conv1, self.conv2, self.fc1, self.fc2], common.initial_cnn())

    def forward(self, x):
        x = F.relu(self.conv1(x.view(-1, 1, 28, 28)))
        x = self.dropout(F.max_pool2d(F.relu(self.conv2(x)), 2))
        return F.log_softmax(self.fc2(F.relu(self.fc1(x.flatten(1)))), 1)


class Recipe(nn.Module):
    """The network of `deno task train cnn`: weights begin as PyTorch likes, which the time does not
    depend on."""

    def __init__(self):
        super().__init__()
        layers = []
        for inputs, outputs, kernel, stride, padding, pool in [
            (1, 24, 5, 2, 0, False), (24, 32, 3, 1, 1, False), (32, 32, 3, 1, 1, True),
            (32, 64, 3, 1, 1, False), (64, 64, 3, 1, 1, True),
        ]:
            layers.append(nn.Conv2d(inputs, outputs, kernel, stride, padding, bias=False))
            layers += [nn.MaxPool2d(2)] if pool else []
            layers += [nn.BatchNorm2d(outputs), nn.ReLU()]
        self.net = nn.Sequential(*layers, nn.Flatten(), nn.Linear(576, 10))

    def forward(self, x):
        return F.log_softmax(self.net(x.view(-1, 1, 28, 28)), 1)


def gpt_step(how):
    model = Gpt()
    parameters = list(model.parameters())
    optimizer = adamw(parameters, fused=how != "eager")
    forward = compiled(model) if how == "compiled" else model
    windows = common.windows()

    def one():
        x, y = map(torch.from_numpy, next(windows))
        loss = F.cross_entropy(forward(x).flatten(0, 1), y.flatten())
        optimizer.zero_grad()
        loss.backward()
        nn.utils.clip_grad_norm_(parameters, 1)
        optimizer.step()
        return loss.detach()
    return one


def writing(how):
    model = Gpt().eval()
    forward = compiled(model) if how == "compiled" else model
    shape = (common.LAYERS, 2, 1, common.HEADS, common.CONTEXT, common.WIDTH // common.HEADS)

    def run(k):
        with torch.inference_mode():
            for _ in range(k):
                caches, token = torch.zeros(shape), torch.zeros(1, 1, dtype=torch.long)
                for at in range(common.CONTEXT - 1):
                    token = forward(token, caches, at)[:, -1].argmax(-1, keepdim=True)
                    token.item()
    return run


def gpt(row):
    if row["workload"] == "W9check":
        return common.checked_loss("W9check", gpt_step("fused"))
    if row["params"]["what"] == "writing":
        return {"eager": writing("eager")}  # compiled anew for each length
    ways = {how: gpt_step(how) for how in TRAINING}
    for way in ways.values():
        way()
    return {how: repeated(way) for how, way in ways.items()}


def begin_with(layers, values):
    with torch.no_grad():
        for layer, (weight, bias) in zip(layers, values):
            layer.weight.copy_(torch.from_numpy(weight))
            layer.bias.copy_(torch.from_numpy(bias))


def compiled(function):
    torch._dynamo.reset()  # or earlier rows' shapes would make it compile for all shapes
    return torch.compile(function, dynamic=False)


def samples(normalized=True):
    images, labels = common.mnist("train", normalized)
    return torch.from_numpy(images), torch.from_numpy(labels)


def learner(model, rate, how, **sgd):
    """A function that takes one step from a batch and returns the loss."""
    fused = how != "eager"
    optimizer = torch.optim.SGD(model.parameters(), lr=rate, momentum=common.MOMENTUM, fused=fused, **sgd)
    forward = compiled(model) if "compiled" in how else model

    def step(x, y):
        loss = F.nll_loss(forward(x), y)
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        return loss.detach()
    return step


def bare_loop(model, batch, rate, how, normalized=True, **sgd):
    """A step with its batch, fetched from the tensor of all samples."""
    if "channels_last" in how:
        model = model.to(memory_format=torch.channels_last)
    x, y = samples(normalized)
    step = learner(model, rate, how, **sgd)
    order = common.batches(len(x), batch)

    def one():
        rows = torch.from_numpy(next(order))
        return step(x[rows], y[rows])
    return one


TRAINING = ["eager", "fused", "compiled"]
LAYOUTS = [*TRAINING, "eager channels_last", "fused channels_last", "compiled channels_last"]


def training(row):
    batch, workload = row["params"]["batch"], row["workload"]
    if workload == "W3check":
        return common.checked_loss(workload, bare_loop(Mlp(), batch, common.RATES[batch], "fused"))
    if workload == "W4check":
        return common.checked_loss(workload, bare_loop(Cnn(0), batch, common.CNN_RATE, "fused"))
    if workload == "W3b":
        rate = common.LATER["rate"]
        return {how: common.begun(bare_loop(Mlp(), batch, rate, how, normalized=False)) for how in TRAINING}
    if workload == "W3":
        make = lambda how: bare_loop(Mlp(), batch, common.RATES[batch], how)
    elif workload == "W4":
        make = lambda how: bare_loop(Cnn(common.CNN_DROPOUT), batch, common.CNN_RATE, how)
    else:
        make = lambda how: bare_loop(Recipe(), batch, common.CNN_RATE, how, nesterov=True)
    # compiling the recipe's network once takes a minute already
    hows = {"W3": TRAINING, "W4": LAYOUTS}.get(workload, LAYOUTS[:-1])
    ways = {how: make(how) for how in hows}
    for way in ways.values():
        way()  # what is compiled is compiled here
    return {how: repeated(way) for how, way in ways.items()}


def loader(row):
    if row["params"]["loop"] != "DataLoader":
        raise Cannot("PyTorch has no such loop")
    batch = row["params"]["batch"]
    steps = 64
    x, y = samples()
    data = torch.utils.data.TensorDataset(x[:batch * steps], y[:batch * steps])
    turns = torch.utils.data.DataLoader(data, batch, shuffle=True)
    step = learner(Mlp(), common.RATES[batch], "fused")

    def run(k):
        for _ in range(k):
            for x, y in turns:
                step(x, y)
    return {"fused": run}


def product(row):
    if row["workload"] == "W1":
        n = row["params"]["n"]
        a, b = torch.randn(n, n), torch.randn(n, n)
    else:
        x, w, dy = torch.randn(64, 784), torch.randn(784, 128), torch.randn(64, 128)
        a, b = {"fwd xW": (x, w), "dW xTg": (x.t(), dy), "dX gWT": (dy, w.t())}[row["params"]["shape"]]
    out = torch.empty(a.shape[0], b.shape[1])
    return {"": repeated(lambda: torch.mm(a, b)), "out=": repeated(lambda: torch.mm(a, b, out=out))}


def inference(row):
    net, batch = row["params"]["net"], row["params"]["batch"]
    x = torch.from_numpy(common.mnist("t10k")[0][:batch].copy())

    def way(how):
        model = (Mlp() if net == "mlp" else Cnn(0)).eval()
        if "channels_last" in how:
            model = model.to(memory_format=torch.channels_last)
        forward = compiled(model) if "compiled" in how else model

        def run(k):
            with torch.inference_mode():
                for _ in range(k):
                    forward(x).numpy()
        run(1)
        return run
    hows = ["eager", "compiled"]
    if net == "cnn":
        hows += ["eager channels_last", "compiled channels_last"]
    return {how: way(how) for how in hows}


def pictures(row):
    """ResNet-20 or depthwise separable convolutions: a step, or one picture."""
    make, batch = torch_pictures.NETWORKS[row["params"]["net"]], row["params"]["batch"]
    x, y = torch_pictures.pictures()

    def step(how):
        model, layout = laid_out(nn.Sequential(make(), nn.LogSoftmax(1)), how)
        learn = learner(model, torch_pictures.RATE, how)
        order, images = common.batches(len(x), batch), x.to(memory_format=layout)

        def one():
            rows = torch.from_numpy(next(order))
            learn(images[rows], y[rows])
        return repeated(one)

    def asked(how):
        model, layout = laid_out(make().eval(), how)
        forward = compiled(model) if "compiled" in how else model
        one = x[:1].to(memory_format=layout)

        def run(k):
            with torch.inference_mode():
                for _ in range(k):
                    forward(one).numpy()
        return run
    # compiling a training step takes minutes
    ways = {how: step(how) for how in LAYOUTS if "compiled" not in how} if batch > 1 else \
        {how: asked(how) for how in ["eager", "compiled", "eager channels_last", "compiled channels_last"]}
    for way in ways.values():
        way(1)
    return ways


def laid_out(model, how):
    """The network, and the memory layout of what it takes."""
    layout = torch.channels_last if "channels_last" in how else torch.contiguous_format
    return model.to(memory_format=layout), layout


def elementwise(row):
    a, b = torch.randn(common.ELEMENTS), torch.randn(common.ELEMENTS)
    square = a.reshape(1000, 1000)
    work = {
        "relu": lambda: torch.relu(a), "tanh": lambda: torch.tanh(a), "exp": lambda: torch.exp(a),
        "add": lambda: a + b, "softmax": lambda: torch.softmax(square, 1),
    }[row["params"]["op"]]
    fast = compiled(work)
    fast()
    return {"eager": repeated(work), "compiled": repeated(fast)}


def calls(row):
    if not row["params"]["op"].startswith("add"):
        raise Cannot("PyTorch has no such loop")
    a, b = torch.randn(16), torch.randn(16)
    a.requires_grad_("recorded" in row["params"]["op"])
    return {"": repeated(lambda: a + b)}


FIRST_STEP = """
import torch
from torch import nn
torch.set_num_threads(1)
model = nn.Sequential(nn.Linear(784, 128), nn.ReLU(), nn.Linear(128, 128), nn.ReLU(), nn.Linear(128, 10))
sgd = torch.optim.SGD(model.parameters(), lr=0.01, momentum=0.9)
nn.functional.cross_entropy(model(torch.rand(64, 784)), torch.arange(64) % 10).backward()
sgd.step()
"""


def process(_row):
    return {"": repeated(lambda: subprocess.run([sys.executable, "-c", FIRST_STEP], check=True))}


ROWS = {
    "W1": product, "W2": product, "W3check": training, "W3": training, "W3b": training, "W3l": loader,
    "W4check": training, "W4": training, "W4m": training, "W5": inference, "W6": process,
    "W7": elementwise, "W8": calls,
    "W9check": gpt, "W9": gpt, "W10": pictures,
}


def ways_of(row):
    if row["workload"] not in ROWS:
        raise Cannot("PyTorch has nothing like it")
    return ROWS[row["workload"]](row)


common.serve(ways_of)
