"""NumPy, with gradients written out for the two networks."""

import numpy as np

import common
from common import Cannot, repeated


class Linear:
    """x·wᵀ + b, and its gradients. x: [n, inputs]."""

    def __init__(self, weight, bias):
        self.params = [weight, bias]

    def forward(self, x):
        self.x = x
        return x @ self.params[0].T + self.params[1]

    def backward(self, grad, needed=True):
        self.grads = [grad.T @ self.x, grad.sum(0)]
        return grad @ self.params[0] if needed else None


class Conv:
    """A valid convolution as one product of all its windows. x: [n, c, h, w]."""

    def __init__(self, weight, bias):
        self.params = [weight, bias]

    def forward(self, x):
        weight, bias = self.params
        outputs, inputs, kernel, _ = weight.shape
        self.shape = x.shape
        windows = np.lib.stride_tricks.sliding_window_view(x, (kernel, kernel), (2, 3))
        n, _, h, w = windows.shape[:4]
        self.columns = windows.transpose(0, 2, 3, 1, 4, 5).reshape(n * h * w, -1)
        y = self.columns @ weight.reshape(outputs, -1).T + bias
        return y.reshape(n, h, w, outputs).transpose(0, 3, 1, 2)

    def backward(self, grad, needed=True):
        weight = self.params[0]
        outputs, inputs, kernel, _ = weight.shape
        n, _, h, w = grad.shape
        rows = grad.transpose(0, 2, 3, 1).reshape(-1, outputs)
        self.grads = [(rows.T @ self.columns).reshape(weight.shape), rows.sum(0)]
        if not needed:
            return None
        columns = (rows @ weight.reshape(outputs, -1)).reshape(n, h, w, inputs, kernel, kernel)
        dx = np.zeros(self.shape, np.float32)
        for i in range(kernel):
            for j in range(kernel):
                dx[:, :, i:i + h, j:j + w] += columns[:, :, :, :, i, j].transpose(0, 3, 1, 2)
        return dx


class Relu:
    params = []

    def forward(self, x):
        self.mask = x > 0
        return np.maximum(x, 0)

    def backward(self, grad, needed=True):
        return grad * self.mask


class MaxPool2:
    """Of equal values in a window, which plain background has everywhere, the first is the largest."""

    params = []

    def forward(self, x):
        n, c, h, w = self.shape = x.shape
        x = x.reshape(n, c, h // 2, 2, w // 2, 2)
        a, b, c, d = (x[:, :, :, i, :, j] for i in (0, 1) for j in (0, 1))
        self.right, self.left = b > a, d > c
        top, bottom = np.maximum(a, b), np.maximum(c, d)
        self.below = bottom > top
        return np.maximum(top, bottom)

    def backward(self, grad, needed=True):
        n, c, h, w = self.shape
        dx = np.empty((n, c, h // 2, 2, w // 2, 2), np.float32)
        for i, inner in ((0, self.right), (1, self.left)):
            rows = grad * (self.below if i else ~self.below)
            dx[:, :, :, i, :, 1] = rows * inner
            dx[:, :, :, i, :, 0] = rows * ~inner
        return dx.reshape(self.shape)


class Dropout:
    params = []

    def __init__(self, p):
        self.keep = np.float32(1 - p)
        self.random = np.random.default_rng(0)

    def forward(self, x):
        self.mask = (self.random.random(x.shape, np.float32) < self.keep) / self.keep
        return x * self.mask

    def backward(self, grad, needed=True):
        return grad * self.mask


class Reshape:
    params = []

    def __init__(self, *shape):
        self.to = shape

    def forward(self, x):
        self.shape = x.shape
        return x.reshape(len(x), *self.to)

    def backward(self, grad, needed=True):
        return grad.reshape(self.shape)


def mlp():
    first, *others = [Linear(*values) for values in common.initial_mlp()]
    return [first] + [layer for linear in others for layer in (Relu(), linear)]


def cnn(dropout):
    conv1, conv2, fc1, fc2 = common.initial_cnn()
    dropping = [Dropout(dropout)] if dropout else []
    return [
        Reshape(1, 28, 28), Conv(*conv1), Relu(), Conv(*conv2), Relu(), MaxPool2(), *dropping,
        Reshape(9216), Linear(*fc1), Relu(), Linear(*fc2),
    ]


def log_softmax(x):
    x = x - x.max(1, keepdims=True)
    return x - np.log(np.exp(x).sum(1, keepdims=True))


def forward(layers, x):
    for layer in layers:
        x = layer.forward(x)
    return log_softmax(x)


def trainer(layers, batch, rate, normalized=True):
    """A step of SGD with momentum, its batch fetched; gives the loss."""
    images, labels = common.mnist("train", normalized)
    order = common.batches(len(images), batch)
    first = next(layer for layer in layers if layer.params)
    velocities = {id(layer): [np.zeros_like(p) for p in layer.params] for layer in layers}
    rate, momentum = np.float32(rate), np.float32(common.MOMENTUM)
    index = np.arange(batch)

    def step():
        rows = next(order)
        y = labels[rows]
        logp = forward(layers, images[rows])
        grad = np.exp(logp)
        grad[index, y] -= 1
        grad /= np.float32(batch)
        for layer in reversed(layers):
            grad = layer.backward(grad, layer is not first)
            if layer is first:
                break
        for layer in layers:
            for i, velocity in enumerate(velocities[id(layer)]):
                velocity *= momentum
                velocity += layer.grads[i]
                layer.params[i] -= rate * velocity
        return -logp[index, y].mean()
    return step


def training(row):
    batch, workload = row["params"]["batch"], row["workload"]
    if workload == "W3check":
        return common.checked_loss(workload, trainer(mlp(), batch, common.RATES[batch]))
    if workload == "W4check":
        return common.checked_loss(workload, trainer(cnn(0), batch, common.CNN_RATE))
    if workload == "W3b":
        return {"": common.begun(trainer(mlp(), batch, common.LATER["rate"], normalized=False))}
    if workload == "W3":
        return {"": repeated(trainer(mlp(), batch, common.RATES[batch]))}
    return {"": repeated(trainer(cnn(common.CNN_DROPOUT), batch, common.CNN_RATE))}


def product(row):
    random = np.random.default_rng(0)
    normal = lambda *shape: random.standard_normal(shape, dtype=np.float32)
    if row["workload"] == "W1":
        n = row["params"]["n"]
        a, b = normal(n, n), normal(n, n)
    else:
        x, w, dy = normal(64, 784), normal(784, 128), normal(64, 128)
        a, b = {"fwd xW": (x, w), "dW xTg": (x.T, dy), "dX gWT": (dy, w.T)}[row["params"]["shape"]]
    out = np.empty((a.shape[0], b.shape[1]), np.float32)
    return {"": repeated(lambda: a @ b), "out=": repeated(lambda: np.matmul(a, b, out=out))}


def inference(row):
    x = common.mnist("t10k")[0][:row["params"]["batch"]].copy()
    layers = mlp() if row["params"]["net"] == "mlp" else cnn(0)
    return {"": repeated(lambda: forward(layers, x))}


def elementwise(row):
    random = np.random.default_rng(0)
    a = random.standard_normal(common.ELEMENTS, dtype=np.float32)
    b = random.standard_normal(common.ELEMENTS, dtype=np.float32)
    square = a.reshape(1000, 1000)

    def softmax():
        powers = np.exp(square - square.max(1, keepdims=True))
        powers /= powers.sum(1, keepdims=True)
        return powers
    work = {
        "relu": lambda: np.maximum(a, 0), "tanh": lambda: np.tanh(a), "exp": lambda: np.exp(a),
        "add": lambda: a + b, "softmax": softmax,
    }[row["params"]["op"]]
    return {"": repeated(work)}


def calls(row):
    if row["params"]["op"] != "add":
        raise Cannot("NumPy records nothing")
    a, b = np.ones(16, np.float32), np.ones(16, np.float32)
    return {"": repeated(lambda: a + b)}


ROWS = {
    "W1": product, "W2": product, "W3check": training, "W3": training, "W3b": training, "W4check": training,
    "W4": training, "W5": inference, "W7": elementwise, "W8": calls,
}


def ways_of(row):
    if row["workload"] not in ROWS:
        raise Cannot("NumPy has nothing like it")
    return ROWS[row["workload"]](row)


common.serve(ways_of)
