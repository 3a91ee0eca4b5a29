"""The networks of bench/picture_networks.ts in PyTorch, and the pictures that they learn from."""
import torch
import torch.nn as nn
import torch.nn.functional as F

import common

PICTURES = 512
RATE = 0.01


def normalized(inputs, outputs, kernel, stride=1, groups=1):
    conv = nn.Conv2d(inputs, outputs, kernel, stride, kernel // 2, groups=groups, bias=False)
    return [conv, nn.BatchNorm2d(outputs)]


class Block(nn.Module):
    def __init__(self, inputs, outputs, stride):
        super().__init__()
        self.body = nn.Sequential(*normalized(inputs, outputs, 3, stride), nn.ReLU(),
                                  *normalized(outputs, outputs, 3))
        self.short = None if stride == 1 else nn.Sequential(*normalized(inputs, outputs, 1, stride))

    def forward(self, x):
        other = x if self.short is None else self.short(x)
        return F.relu(self.body(x) + other)


def begun(layers, channels, seed):
    """With a head for ten classes; weights as bench/network.ts begins them."""
    model = nn.Sequential(*layers, nn.AdaptiveAvgPool2d(1), nn.Flatten(), nn.Linear(channels, 10))
    for layer in model.modules():
        if not isinstance(layer, (nn.Conv2d, nn.Linear)):
            continue
        bound = 1 / (layer.weight[0].numel() ** 0.5)
        with torch.no_grad():
            for i, p in enumerate([layer.weight, layer.bias]):
                if p is not None:
                    p.copy_(torch.from_numpy(common.uniform(seed + i, tuple(p.shape), bound)))
        seed += 2
    return model


def resnet():
    layers, inputs = [*normalized(3, 16, 3), nn.ReLU()], 16
    for channels in 16, 32, 64:
        for _ in range(3):
            layers.append(Block(inputs, channels, 1 if inputs == channels else 2))
            inputs = channels
    return begun(layers, 64, 500)


def mobile():
    layers, inputs = [*normalized(3, 32, 3), nn.ReLU()], 32
    for channels, stride in (64, 1), (128, 2), (128, 1), (256, 2), (256, 1):
        layers += [*normalized(inputs, inputs, 3, stride, inputs), nn.ReLU(),
                   *normalized(inputs, channels, 1), nn.ReLU()]
        inputs = channels
    return begun(layers, inputs, 600)


NETWORKS = {"resnet": resnet, "mobile": mobile}


def pictures():
    x = torch.from_numpy(common.uniform(7, (PICTURES, 3, 32, 32), 1))
    return x, torch.from_numpy((common.words(8, PICTURES) % 10).astype("int64"))
