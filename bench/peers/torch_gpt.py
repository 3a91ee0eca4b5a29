"""The GPT of ../gpt.ts, in PyTorch. Its sizes are those of common.py."""
import common
import torch
from torch import nn
from torch.nn import functional as F


class Layer(nn.Module):
    def __init__(self):
        super().__init__()
        width = common.WIDTH
        self.norm1, self.norm2 = nn.LayerNorm(width, bias=False), nn.LayerNorm(width, bias=False)
        self.qkv, self.out = nn.Linear(width, 3 * width, bias=False), nn.Linear(width, width, bias=False)
        self.up, self.down = nn.Linear(width, 4 * width, bias=False), nn.Linear(4 * width, width, bias=False)

    def forward(self, x, cache, at: int):
        n, l, width = x.shape
        q, k, v = self.qkv(self.norm1(x)).view(n, l, 3, common.HEADS, -1).permute(2, 0, 3, 1, 4)
        if cache is not None:
            cache[0][:, :, at:at + l], cache[1][:, :, at:at + l] = k, v
            k, v = cache[0][:, :, :at + l], cache[1][:, :, :at + l]
        seen = F.scaled_dot_product_attention(q, k, v, is_causal=cache is None)
        x = x + self.out(seen.transpose(1, 2).reshape(n, l, width))
        return x + self.down(F.gelu(self.up(self.norm2(x))))


class Gpt(nn.Module):
    def __init__(self):
        super().__init__()
        self.tokens = nn.Embedding(common.VOCABULARY, common.WIDTH)
        self.places = nn.Embedding(common.CONTEXT, common.WIDTH)
        self.layers = nn.ModuleList(Layer() for _ in range(common.LAYERS))
        self.norm = nn.LayerNorm(common.WIDTH, bias=False)
        self.load_state_dict({name: torch.from_numpy(x) for name, x in common.initial_gpt().items()})

    def forward(self, tokens, caches=None, at: int = 0):
        x = self.tokens(tokens) + self.places.weight[at:at + tokens.shape[1]]
        for i, layer in enumerate(self.layers):
            x = layer(x, None if caches is None else caches[i], at)
        return F.linear(self.norm(x), self.tokens.weight)


def adamw(parameters, **how):
    """Its optimizer: decay is of matrices alone."""
    groups = [{"params": [p for p in parameters if p.ndim > 1], "weight_decay": 0.1},
              {"params": [p for p in parameters if p.ndim == 1], "weight_decay": 0}]
    return torch.optim.AdamW(groups, lr=1e-3, betas=(0.9, 0.99), **how)
