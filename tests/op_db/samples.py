"""PyTorch's own sample inputs with what PyTorch makes of them: python3 tests/op_db/samples.py [NAME...] > FILE

A line of JSON for each sample of op_db, the list by which PyTorch tests itself; NAME is a name there
(`index_select`, `nn.functional.gelu`), and without one it is all of them. A sample is made of float32,
int64 and bool, where the op takes it.
"""

import json
import math
import sys
import types
import unittest
import warnings

import torch

# torch.testing imports these for tests that are not run here
sys.modules["numba"] = None
sys.modules.setdefault("expecttest", types.SimpleNamespace(TestCase=unittest.TestCase))
from torch.testing._internal.common_methods_invocations import op_db

# More samples of one op, and more elements of one result, would tell nothing new.
MOST_SAMPLES, MOST_ELEMENTS = 80, 20_000
DTYPES = (torch.float32, torch.int64, torch.bool)
# What holds complex numbers, is made for compilers, or computes in a way of its own.
LEFT_OUT = ("_", "fft.", "jiterator", "linalg.eig", "masked.", "sparse.", "special.", "signal.", "torch.")


# As JavaScript's Number() reads them.
NOT_FINITE = {"nan": "NaN", "inf": "Infinity", "-inf": "-Infinity"}


class LeftOut(Exception):
    """A value that a sample cannot hold."""


def number(value):
    if isinstance(value, float):
        return float(f"{value:.9g}") if math.isfinite(value) else NOT_FINITE[str(value)]
    return int(value)


def packed(x):
    """A tensor: its elements row-major, and the order of its dimensions in memory."""
    if x.is_complex() or x.layout != torch.strided:
        raise LeftOut(f"{x.dtype}, {x.layout}")
    row = {"dtype": str(x.dtype)[6:], "shape": list(x.shape), "data": [number(v) for v in x.detach().flatten().tolist()]}
    if not x.is_contiguous():
        order = sorted(range(x.dim()), key=lambda dim: -x.stride(dim))
        if x.permute(order).is_contiguous():
            row["order"] = order
        else:
            row["hasGaps"] = True
    if x.requires_grad:
        row["requiresGrad"] = True
    return row


def encoded(value, tensors):
    """A value as JSON. Tensors are collected, so that one that is given twice is one."""
    if isinstance(value, torch.Tensor):
        for i, known in enumerate(tensors):
            if known is value:
                return {"tensor": i}
        tensors.append(value)
        return {"tensor": len(tensors) - 1}
    if value is None or isinstance(value, (bool, str)):
        return value
    if isinstance(value, (int, float)):
        return number(value) if math.isfinite(value) else {"number": number(value)}
    if value is Ellipsis:
        return "..."
    if isinstance(value, slice):
        return {"slice": [value.start, value.stop, value.step]}
    if isinstance(value, torch.dtype):
        return {"dtype": str(value)[6:]}
    if isinstance(value, (list, torch.Size)):
        return [encoded(v, tensors) for v in value]
    if isinstance(value, tuple):
        return {"tuple": [encoded(v, tensors) for v in value]}
    raise LeftOut(type(value).__name__)


def tensors_in(result):
    if isinstance(result, torch.Tensor):
        return [result]
    return [t for part in result for t in tensors_in(part)] if isinstance(result, (list, tuple)) else []


def shared(y, inputs):
    """Which input a result has its memory from."""
    places = [x.untyped_storage().data_ptr() for x in inputs]
    place = y.untyped_storage().data_ptr()
    return {"of": places.index(place)} if y.numel() > 0 and place in places else {}


def upstream(y, k):
    """The gradient that is sent into result k."""
    return torch.tensor([((i * 7 + k * 3) % 11 - 5) / 4 for i in range(y.numel())], dtype=y.dtype).reshape(y.shape)


def row(op, sample):
    inputs = []
    given = {
        "input": encoded(sample.input, inputs),
        "args": [encoded(value, inputs) for value in sample.args],
        "kwargs": {name: encoded(value, inputs) for name, value in sample.kwargs.items() if name != "device"},
    }
    given["tensors"] = [packed(x) for x in inputs]
    for x in inputs:
        if x.requires_grad:
            x.grad = None
            x.retain_grad()
    result = op(sample.input, *sample.args, **sample.kwargs)
    outs = tensors_in(result)
    if sum(y.numel() for y in outs) > MOST_ELEMENTS:
        raise LeftOut("many elements")
    given["results"] = [{**packed(y), **shared(y, inputs)} for y in outs]
    if not outs and not isinstance(result, (list, tuple)):
        given["value"] = encoded(result, [])
    recorded = [(y, upstream(y, k)) for k, y in enumerate(outs) if y.requires_grad]
    if recorded:
        torch.autograd.backward(*zip(*recorded))
        given["grads"] = [None if not x.requires_grad or x.grad is None else packed(x.grad) for x in inputs]
    return given


def samples(op, dtype):
    torch.manual_seed(1)
    with_grad = dtype.is_floating_point and op.supports_autograd
    return list(op.sample_inputs("cpu", dtype, requires_grad=with_grad))[:MOST_SAMPLES]


def write(op, dtype):
    head = {"op": op.name, "variant": op.variant_test_name, "dtype": str(dtype)[6:]}
    for i, sample in enumerate(samples(op, dtype)):
        try:
            print(json.dumps({**head, "i": i, **row(op, sample)}, separators=(",", ":"), allow_nan=False))
        except Exception as error:
            # PyTorch refuses some of its own samples
            print(f"{op.name} {i}: {type(error).__name__}: {str(error)[:100]}", file=sys.stderr)


if __name__ == "__main__":
    warnings.simplefilter("ignore")
    torch.set_num_threads(1)
    names = sys.argv[1:]
    for op in op_db:
        if op.name not in names if names else op.name.startswith(LEFT_OUT):
            continue
        for dtype in DTYPES:
            if dtype in op.supported_dtypes("cpu"):
                try:
                    write(op, dtype)
                except Exception as error:
                    print(f"{op.name}: {error}", file=sys.stderr)
