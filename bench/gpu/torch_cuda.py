"""PyTorch on an NVIDIA card, in float32: `python3 bench/gpu/torch_cuda.py [mlp,cnn,gpt,products,attention]`.

The networks, batches and rules are those of `common.ts`; weights and images of the two small networks
are PyTorch's own, which the times do not depend on. The GPTs begin as all others do, and run eagerly,
compiled, and compiled as CUDA graphs. Prints a line of JSON for each.
"""

import gc
import json
import os
import sys
import time

import torch
from torch import nn, optim
from torch.nn import functional as F

WANTED = (sys.argv[1] if len(sys.argv) > 1 else "mlp,cnn,gpt,products,attention").split(",")
sys.argv = sys.argv[:1]
sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "peers"))
import common
from torch_gpt import Gpt, adamw

torch.backends.cuda.matmul.allow_tf32 = False
torch.backends.cudnn.allow_tf32 = False

BATCH = 64
SECONDS = 1.5


def tell(row, how="PyTorch", **figures):
    print(json.dumps({"contender": how, "row": row, **figures}), flush=True)


def best_of(call):
    """Milliseconds of a call at best, and of these on the host."""
    for _ in range(10):
        call()
    torch.cuda.synchronize()
    times, best, host, begin = 1, float("inf"), float("inf"), time.perf_counter()
    while time.perf_counter() - begin < SECONDS:
        begun = time.perf_counter()
        for _ in range(times):
            call()
        called = time.perf_counter()
        torch.cuda.synchronize()
        ended = time.perf_counter()
        best, host = min(best, (ended - begun) / times * 1000), min(host, (called - begun) / times * 1000)
        if ended - begun < SECONDS / 4:
            times *= 2
    return best, host


def training(row, model, images):
    model, images = model.cuda(), images.cuda()
    labels = (torch.arange(BATCH) * 7 % 10).cuda()
    optimizer = optim.SGD(model.parameters(), lr=0.05, momentum=0.9)

    def step():
        loss = F.cross_entropy(model(images), labels)
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()

    best, host = best_of(step)
    tell(row, msPerStep=best, hostMs=host, samplesPerSecond=BATCH / best * 1000)


def gpt(sizes, how):
    common.CONTEXT, common.GPT_BATCH, common.LAYERS, common.HEADS, common.WIDTH = sizes
    context, batch, layers, _, width = sizes
    model = Gpt().cuda()
    optimizer = adamw(list(model.parameters()), fused=True)
    forward = {"eager": model, "compiled": torch.compile(model),
               "CUDA graphs": torch.compile(model, mode="reduce-overhead")}[how]
    windows = common.windows()

    def step():
        x, y = (torch.from_numpy(tokens).pin_memory().to("cuda", non_blocking=True) for tokens in next(windows))
        loss = F.cross_entropy(forward(x).flatten(0, 1), y.flatten())
        optimizer.zero_grad()
        loss.backward()
        nn.utils.clip_grad_norm_(model.parameters(), 1)
        optimizer.step()
        return loss.detach().clone()

    losses = [step() for _ in range(20)]
    best, host = best_of(step)
    tell(f"GPT, {layers} layers, width {width}, context {context}, batch {batch}", f"PyTorch, {how}",
         first=losses[0].item(), twentieth=losses[19].item(), msPerStep=best, hostMs=host,
         samplesPerSecond=batch * context / best * 1000)


def writing(tokens=60):
    common.CONTEXT, common.GPT_BATCH, common.LAYERS, common.HEADS, common.WIDTH = SMALL
    model = Gpt().cuda().eval()

    def write():
        with torch.inference_mode():
            shape = (common.LAYERS, 2, 1, common.HEADS, common.CONTEXT, common.WIDTH // common.HEADS)
            caches, token = torch.zeros(shape, device="cuda"), torch.ones(1, 1, dtype=torch.long, device="cuda")
            for at in range(tokens):
                token = model(token, caches, at)[:, -1].argmax(-1, keepdim=True)
                token.item()

    ms = best_of(write)[0] / tokens
    tell("GPT writes", "PyTorch, eager", ms=ms, tokensPerSecond=1000 / ms)


def product(n):
    a, b = torch.rand(n, n, device="cuda"), torch.rand(n, n, device="cuda")
    ms = best_of(lambda: a @ b)[0]
    tell(f"product {n}", ms=ms, teraflops=2 * n**3 / ms / 1e9)


def attention(length, how, batch=8, heads=8, width=64):
    q, k, v, dy = (torch.rand(batch, heads, length, width, device="cuda") for _ in range(4))
    hidden = torch.full((length, length), float("-inf"), device="cuda").triu(1)

    def by(q, k, v):
        if how == "scaled_dot_product_attention":
            return F.scaled_dot_product_attention(q, k, v, is_causal=True)
        return torch.softmax(q @ k.transpose(-2, -1) / width**0.5 + hidden, -1) @ v

    def forward():
        with torch.no_grad():
            by(q, k, v)

    def with_gradients():
        by(q, k, v).backward(dy)

    gflop = 2 * batch * heads * width * length**2 / 1e9
    for what, call, flops in (("forward", forward, gflop), ("with gradients", with_gradients, 3.5 * gflop)):
        for x in (q, k, v):
            x.requires_grad_(what != "forward")
        gc.collect()
        torch.cuda.reset_peak_memory_stats()
        before = torch.cuda.memory_allocated()
        call()
        taken = (torch.cuda.max_memory_allocated() - before) / 1e6
        ms = best_of(call)[0]
        tell(f"attention {length}, {what}", f"PyTorch, {how}", ms=ms, teraflops=flops / ms, megabytes=taken)


SMALL = (64, 12, 4, 4, 128)
LARGE = (256, 32, 6, 6, 384)

if "mlp" in WANTED:
    layers = nn.Linear(784, 128), nn.ReLU(), nn.Linear(128, 128), nn.ReLU(), nn.Linear(128, 10)
    training("MLP 784-128-128-10", nn.Sequential(*layers), torch.rand(BATCH, 784))
if "cnn" in WANTED:
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
if "products" in WANTED:
    for n in (256, 1024, 2048, 4096):
        product(n)
if "attention" in WANTED:
    for length in (256, 1024):
        for how in ("scaled_dot_product_attention", "composed"):
            attention(length, how)
if "gpt" in WANTED:
    for sizes in (SMALL, LARGE):
        for how in ("eager", "compiled", "CUDA graphs"):
            try:
                gpt(sizes, how)
            except Exception as error:
                tell(f"GPT, width {sizes[4]}", f"PyTorch, {how}", error=str(error)[:300])
            gc.collect()
            torch.cuda.empty_cache()
    writing()
