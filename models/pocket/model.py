"""The pocket model: a small Llama (RMSNorm, rotary positions, grouped-query attention, SwiGLU, tied embeddings)."""
import math
from dataclasses import dataclass

import torch
import torch.nn as nn
import torch.nn.functional as F


@dataclass(frozen=True)
class Config:
    vocabulary: int
    width: int = 256
    layers: int = 6
    heads: int = 4
    kv_heads: int = 2
    feed_forward: int = 512
    rope_base: float = 500_000.0
    positions: int = 2048

    @property
    def head_width(self):
        return self.width // self.heads


def rotary_table(config):
    frequency = config.rope_base ** (-torch.arange(0, config.head_width, 2).float() / config.head_width)
    angle = torch.outer(torch.arange(config.positions).float(), frequency)
    return torch.cos(angle), torch.sin(angle)


def rotate(x, cos, sin):
    """Rotates the pairs (2i, 2i + 1), as llama.cpp does for the llama architecture.

    x: (batch, heads, length, head width).
    """
    length = x.shape[2]
    cos, sin = cos[:length].to(x.dtype), sin[:length].to(x.dtype)
    even, odd = x[..., 0::2], x[..., 1::2]
    return torch.stack((even * cos - odd * sin, even * sin + odd * cos), -1).flatten(-2)


class Norm(nn.Module):
    def __init__(self, width):
        super().__init__()
        self.weight = nn.Parameter(torch.ones(width))

    def forward(self, x):
        return F.rms_norm(x, (x.shape[-1],), self.weight.to(x.dtype), 1e-5)


def matrix(rows, columns):
    return nn.Linear(rows, columns, bias=False)


class Block(nn.Module):
    def __init__(self, c):
        super().__init__()
        self.config = c
        self.n1, self.n2 = Norm(c.width), Norm(c.width)
        self.q, self.o = matrix(c.width, c.width), matrix(c.width, c.width)
        self.k, self.v = matrix(c.width, c.kv_heads * c.head_width), matrix(c.width, c.kv_heads * c.head_width)
        self.g, self.u, self.d = (matrix(c.width, c.feed_forward), matrix(c.width, c.feed_forward),
                                  matrix(c.feed_forward, c.width))

    def forward(self, x, cos, sin):
        c, (batch, length, _) = self.config, x.shape
        h = self.n1(x)
        split = lambda y, heads: y.view(batch, length, heads, c.head_width).transpose(1, 2)
        q, k = rotate(split(self.q(h), c.heads), cos, sin), rotate(split(self.k(h), c.kv_heads), cos, sin)
        y = F.scaled_dot_product_attention(q, k, split(self.v(h), c.kv_heads), is_causal=True, enable_gqa=True)
        x = x + self.o(y.transpose(1, 2).reshape(batch, length, c.width))
        h = self.n2(x)
        return x + self.d(F.silu(self.g(h)) * self.u(h))


class Pocket(nn.Module):
    def __init__(self, config):
        super().__init__()
        self.config = config
        self.emb = nn.Embedding(config.vocabulary, config.width)
        self.blocks = nn.ModuleList(Block(config) for _ in range(config.layers))
        self.norm = Norm(config.width)
        cos, sin = rotary_table(config)
        self.register_buffer("cos", cos, persistent=False)
        self.register_buffer("sin", sin, persistent=False)
        for name, weight in self.named_parameters():
            if weight.dim() > 1:
                into_residual = name.endswith(("o.weight", "d.weight"))
                nn.init.normal_(weight, std=.02 / math.sqrt(2 * config.layers) if into_residual else .02)

    def forward(self, tokens):
        """(batch, length) token ids to (batch, length, width) in bfloat16; logits are `@ emb.weight.T`."""
        x = self.emb(tokens).to(torch.bfloat16)
        for block in self.blocks:
            x = block(x, self.cos, self.sin)
        return self.norm(x)


@torch.no_grad()
def start_with_induction(net, tokenizer):
    """Starts the first two layers as an induction circuit (Olsson et al., 2022).

    A model this small takes long to find one.
    Layer 0 has heads that look 1, 2, 1 and 3 tokens back; layer 1 has a head that finds where the current token stood
    before and copies what followed it there. One dimension of the embedding is the same for every token: the heads of
    layer 0 use it to attend by distance alone, through the fast rotary pairs.
    """
    c = net.config
    scale, constant, head, group = .06, c.width - 1, c.head_width, c.heads // c.kv_heads
    orthogonal = lambda rows, columns: torch.linalg.qr(torch.randn(columns, rows))[0].T

    net.emb.weight.normal_(std=scale)
    space = torch.randn(c.width) * scale * .7
    for i, token in enumerate(tokenizer.tokens):                      # " Ann" starts as "Ann" and a space
        if token[0] == "Ġ" and token[1:] in tokenizer.id:
            net.emb.weight[i] = net.emb.weight[tokenizer.id[token[1:]]] + space
    net.emb.weight[:, constant] = 4 * scale
    normed = 4 / math.sqrt(1 + 16 / c.width)                          # that dimension after the norm

    first, second = net.blocks[0], net.blocks[1]
    fast, slow = range(10), range(14, head // 2)                      # rotary pairs: tell distance; hardly turn
    carried = [orthogonal(head, c.width) for _ in range(c.kv_heads)]
    written = orthogonal(c.heads * head, c.width)
    gain = math.sqrt(26) / normed
    for h in range(c.heads):
        back, kv, rows = (1, 2, 1, 3)[h % 4], h // group, slice(h * head, (h + 1) * head)
        kv_rows = slice(kv * head, (kv + 1) * head)
        first.q.weight[rows] = 0
        first.k.weight[kv_rows] = 0
        first.v.weight[kv_rows] = carried[kv]
        for i in fast:
            angle = -back / c.rope_base ** (2 * i / head)
            first.q.weight[h * head + 2 * i, constant] = gain * math.cos(angle)
            first.q.weight[h * head + 2 * i + 1, constant] = gain * math.sin(angle)
            first.k.weight[kv * head + 2 * i, constant] = gain
        first.o.weight[:, rows] = written[rows].T * scale * (1.6 if h in (0, 2) else .8)

    kept = [d for i in slow for d in (2 * i, 2 * i + 1)]
    for kv in range(c.kv_heads):
        lead = kv * group                                             # the group's first head does the matching
        rows, kv_rows = slice(lead * head, (lead + 1) * head), slice(kv * head, (kv + 1) * head)
        match, copied = orthogonal(len(kept), head), orthogonal(head, c.width)
        second.k.weight[kv_rows] = 0
        second.k.weight[[kv * head + d for d in kept]] = 2.2 * match @ written[rows]
        second.v.weight[kv_rows] = copied
        second.q.weight[rows] = 0
        second.q.weight[[lead * head + d for d in kept]] = 2.2 * match @ carried[kv]
        second.o.weight[:, rows] = copied.T * scale * 4
