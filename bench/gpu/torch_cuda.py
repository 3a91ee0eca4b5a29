"""PyTorch's steps and products on an NVIDIA card, eager, in float32: `python3 bench/gpu/torch_cuda.py`.

The networks, batch and rule are those of `common.ts`; weights and images are PyTorch's own, which the
times do not depend on. Prints a line of JSON for each.
"""

import json
import time

import torch
from torch import nn, optim
from torch.nn import functional as F

torch.backends.cuda.matmul.allow_tf32 = False
torch.backends.cudnn.allow_tf32 = False

BATCH = 64
STEPS = 500


def training(row, model, images):
    model, images = model.cuda(), images.cuda()
    labels = (torch.arange(BATCH) * 7 % 10).cuda()
    optimizer = optim.SGD(model.parameters(), lr=0.05, momentum=0.9)

    def step():
        loss = F.cross_entropy(model(images), labels)
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()

    for _ in range(20):
        step()
    torch.cuda.synchronize()
    best = host = float("inf")
    for _ in range(5):
        begun = time.perf_counter()
        for _ in range(STEPS):
            step()
        called = time.perf_counter()
        torch.cuda.synchronize()
        best = min(best, (time.perf_counter() - begun) / STEPS * 1000)
        host = min(host, (called - begun) / STEPS * 1000)
    print(json.dumps({"contender": "PyTorch", "row": row, "msPerStep": best, "hostMs": host}))


def product(n, times=50):
    a, b = torch.rand(n, n, device="cuda"), torch.rand(n, n, device="cuda")
    for _ in range(5):
        a @ b
    torch.cuda.synchronize()
    begun = time.perf_counter()
    for _ in range(times):
        a @ b
    torch.cuda.synchronize()
    ms = (time.perf_counter() - begun) / times * 1000
    teraflops = 2 * n**3 / ms / 1e9
    print(json.dumps({"contender": "PyTorch", "row": f"product {n}", "ms": ms, "teraflops": teraflops}))


training(
    "MLP 784-128-128-10",
    nn.Sequential(nn.Linear(784, 128), nn.ReLU(), nn.Linear(128, 128), nn.ReLU(), nn.Linear(128, 10)),
    torch.rand(BATCH, 784),
)
training(
    "CNN of PyTorch's MNIST example",
    nn.Sequential(
        nn.Conv2d(1, 32, 3),
        nn.ReLU(),
        nn.Conv2d(32, 64, 3),
        nn.ReLU(),
        nn.MaxPool2d(2),
        nn.Flatten(),
        nn.Linear(9216, 128),
        nn.ReLU(),
        nn.Linear(128, 10),
    ),
    torch.rand(BATCH, 1, 28, 28),
)
for n in (1024, 2048, 4096):
    product(n)
