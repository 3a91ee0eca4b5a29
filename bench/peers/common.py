"""What the Python libraries share: the protocol of ../protocol.ts, the sizes of ../spec.ts, and the
seeds of ../seeds.ts, so that all start from the same weights and take samples in the same order."""
import gzip
import json
import os
import sys
import time

import numpy as np

THREADS, FOLDER = (int(sys.argv[1]), sys.argv[2]) if len(sys.argv) > 2 else (1, "")

MLP = [784, 128, 128, 10]
MOMENTUM = 0.9
LATER = {"batch": 1, "rate": 0.01, "steps": 2000}
RATES = {1: 0.001, 16: 0.01, 64: 0.01, 256: 0.02, 1024: 0.05}
CNN_RATE = 0.01
CNN_DROPOUT = 0.25
ELEMENTS = 1_000_000
# the mean of the last ten losses of so many steps, which every library has
KNOWN_LOSS = {"W3check": (200, 0.344), "W4check": (30, 0.6165), "W9check": (30, 1.87)}
TOLERANCE = 0.0005


# a small GPT: nanoGPT's configuration for CPUs
VOCABULARY, CONTEXT, GPT_BATCH, LAYERS, HEADS, WIDTH = 65, 64, 12, 4, 4, 128
TEXT = 20_000


class Wrong(Exception):
    """A result is not what it should be."""


class Cannot(Exception):
    """The library has nothing for a row."""


def serve(ways_of):
    """Answers requests until the input ends. ways_of(row) gives what is timed: functions of k by their
    names; a number where the row is a result."""
    ways = {}
    for line in sys.stdin:
        request = json.loads(line)
        try:
            if request["do"] == "begin":
                ways.clear()  # before the next row needs the memory
                try:
                    made = ways_of(request["row"])
                    if isinstance(made, float):
                        answer = {"value": made}
                    else:
                        ways.update(made)
                        answer = {"variants": list(ways)}
                except Cannot as error:
                    answer = {"cannot": str(error)}
                except Wrong as error:
                    answer = {"wrong": str(error)}
            else:
                way = ways[request["variant"]]
                began = time.perf_counter()
                way(request["k"])
                answer = {"seconds": time.perf_counter() - began}
        except Exception as error:  # whatever a library throws is told, not shown
            answer = {"failed": f"{type(error).__name__}: {error}".splitlines()[0][:300]}
        print(json.dumps(answer), flush=True)


def repeated(work):
    """A function of k that calls work k times."""
    def run(k):
        for _ in range(k):
            work()
    return run


def begun(step):
    """A function of k for a training that has gone on for some time."""
    repeated(step)(LATER["steps"])
    return repeated(step)


def words(seed, n):
    """The first n words of the generator mulberry32."""
    with np.errstate(over="ignore"):
        steps = np.arange(1, n + 1, dtype=np.uint32) * np.uint32(0x6D2B79F5)
        state = np.uint32(seed) + steps
        word = (state ^ (state >> np.uint32(15))) * (state | np.uint32(1))
        word = word ^ (word + (word ^ (word >> np.uint32(7))) * (word | np.uint32(61)))
        return word ^ (word >> np.uint32(14))


def uniform(seed, shape, bound):
    """Numbers in [-bound, bound)."""
    fraction = words(seed, int(np.prod(shape))).astype(np.float64) / 2**32
    return ((fraction * 2 - 1) * bound).astype(np.float32).reshape(shape)


def batches(samples, size):
    """Without end: the samples of the next batch, in one order over and over."""
    keys = np.sort(words(7, samples).astype(np.float64) * 65536 + np.arange(samples))
    order = (keys % 65536).astype(np.int64)
    at = 0
    while True:
        if at + size > samples:
            at = 0
        at += size
        yield order[at - size:at]


def initial(shapes, seed):
    """Weight and bias of each layer, uniform in ±1/√fan, two seeds a layer."""
    made = []
    for i, shape in enumerate(shapes):
        bound = 1 / np.sqrt(np.prod(shape[1:]))
        made.append((uniform(seed + 2 * i, shape, bound), uniform(seed + 2 * i + 1, shape[:1], bound)))
    return made


def initial_mlp():
    return initial([(outputs, inputs) for inputs, outputs in zip(MLP, MLP[1:])], 100)


def initial_cnn():
    return initial([(32, 1, 3, 3), (64, 32, 3, 3), (128, 9216), (10, 128)], 200)


def initial_gpt():
    """The parameters by name, in their order."""
    shapes = {"tokens": (VOCABULARY, WIDTH), "places": (CONTEXT, WIDTH)}
    for i in range(LAYERS):
        shapes |= {f"layers.{i}.norm1": (WIDTH,), f"layers.{i}.qkv": (3 * WIDTH, WIDTH),
                   f"layers.{i}.out": (WIDTH, WIDTH), f"layers.{i}.norm2": (WIDTH,),
                   f"layers.{i}.up": (4 * WIDTH, WIDTH), f"layers.{i}.down": (WIDTH, 4 * WIDTH)}
    shapes["norm"] = (WIDTH,)
    bound = 0.02 * np.sqrt(3)
    return {f"{name}.weight": np.ones(shape, np.float32) if len(shape) == 1 else uniform(400 + i, shape, bound)
            for i, (name, shape) in enumerate(shapes.items())}


def windows():
    """Without end: tokens [batch, context], and those that follow each."""
    text, last = [], 0
    for word in words(9, TEXT).tolist():
        last = (word >> 8) % VOCABULARY if word % 4 == 0 else (last * 7 + 3) % VOCABULARY
        text.append(last)
    text = np.array(text, np.int64)
    for starts in batches(TEXT - CONTEXT, GPT_BATCH):
        at = starts[:, None] + np.arange(CONTEXT)
        yield text[at], text[at + 1]


def _read(name, skip):
    path = os.path.join(FOLDER, name)
    opened = open(path, "rb") if os.path.exists(path) else gzip.open(f"{path}.gz", "rb")
    with opened as file:
        return np.frombuffer(file.read(), np.uint8)[skip:]


_loaded = {}


def mnist(split, normalized=True):
    """Images [n, 784], normalised or from 0 to 1, and labels of "train" or "t10k"."""
    key = split, normalized
    if key not in _loaded:
        pixels = np.arange(256) / 255
        table = ((pixels - 0.1307) / 0.3081 if normalized else pixels).astype(np.float32)
        images = table[_read(f"{split}-images-idx3-ubyte", 16)].reshape(-1, 784)
        _loaded[key] = images, _read(f"{split}-labels-idx1-ubyte", 8).astype(np.int64)
    return _loaded[key]


def checked_loss(workload, step):
    """The mean of the last ten losses. Wrong where it is not the known one."""
    steps, known = KNOWN_LOSS[workload]
    losses = [float(step()) for _ in range(steps)]
    mean = sum(losses[-10:]) / 10
    if not abs(mean - known) <= TOLERANCE:
        raise Wrong(f"the loss after {steps} steps is {mean:.4f}: {known} ± {TOLERANCE} was expected")
    return mean
