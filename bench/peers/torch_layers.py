"""PyTorch's side of bench/lab/layers.ts: reads a convolution a line and answers with the least times in ms
of its forward pass and of its gradients of input and weight, in the better of two memory layouts."""
import json
import sys
import time

import torch
import torch.nn.functional as F

OPS = {"conv1d": F.conv1d, "conv2d": F.conv2d, "conv3d": F.conv3d, "convTranspose2d": F.conv_transpose2d}


def least(run, ms):
    run()
    best, end = float("inf"), time.perf_counter() + ms / 1000
    while True:
        start = time.perf_counter()
        run()
        now = time.perf_counter()
        best = min(best, now - start)
        if now > end:
            return 1000 * best


def measure(layer, layout):
    torch.set_num_threads(layer["threads"])
    op, options = OPS[layer["op"]], layer.get("options", {})
    x, w = (torch.rand(layer[name]).to(memory_format=layout).requires_grad_() for name in "xw")
    y = op(x, w, None, **options)
    dy = y.detach() * .5

    def forward():
        with torch.no_grad():
            op(x, w, None, **options)

    def gradient(of):
        return lambda: torch.autograd.grad(y, of, dy, retain_graph=True)
    return [least(run, layer["ms"]) for run in (forward, gradient(x), gradient(w))]


LAST = {"conv1d": torch.contiguous_format, "conv3d": torch.channels_last_3d}
for line in sys.stdin:
    layer = json.loads(line)
    layouts = {torch.contiguous_format, LAST.get(layer["op"], torch.channels_last)}
    times = [measure(layer, layout) for layout in layouts]
    print(json.dumps([min(each) for each in zip(*times)]), flush=True)
