"""Trains the pocket model on corpus.py and writes a GGUF, beside it the tokenizer and the weights as trained.

    python models/pocket/train.py models/pocket.gguf --minutes 120
    python models/pocket/train.py models/pocket.gguf --minutes 60 --resume models/pocket.gguf.pt --documents 6

Needs torch, numpy, regex, and gguf (llama.cpp's gguf-py). Runs on CPU or CUDA; on two CPU cores it sees about 6,000 to
12,000 tokens a second.
"""
import argparse
import os
import random
import time

import torch
import torch.nn.functional as F

import corpus
from gguf_export import export
from model import Config, Pocket, start_with_induction
from tokenizer import Tokenizer

SPECIAL = ["<|endoftext|>", "<|im_start|>", "<|im_end|>"]
CONTEXT = 768                       # longest training sample, in tokens
BATCH_TOKENS = 10_240
PROMPT_WEIGHT = .03                 # how much the loss counts what the user says; what the assistant says counts 1


def arguments():
    p = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    p.add_argument("out", help="the GGUF to write")
    p.add_argument("--minutes", type=float, default=60)
    p.add_argument("--vocabulary", type=int, default=4096, help="at most so many tokens, for a new tokenizer")
    p.add_argument("--rate", type=float, default=.01, help="learning rate of the hidden matrices")
    p.add_argument("--seed", type=int, default=1)
    p.add_argument("--resume", default="", help="weights to start from (a .pt of an earlier run)")
    p.add_argument("--documents", type=int, default=1, help="documents in a context at the start; grows to 6")
    p.add_argument("--ready", type=float, default=.1, help="running loss at which contexts grow by a document")
    p.add_argument("--evaluate-every", type=int, default=400, help="steps")
    return p.parse_args()


def new_tokenizer(size):
    r = random.Random(7)
    text = []
    for _ in range(12_000):
        messages, answer = corpus.make(r)
        text += [content for _, content in messages] + [answer]
    return Tokenizer.train(text, size, SPECIAL)


class Samples:
    """Batches of conversations, each batch of one length: kernels are compiled for a shape."""

    def __init__(self, tokenizer, r):
        self.tokenizer, self.r, self.waiting = tokenizer, r, {}
        self.colon, self.line = tokenizer.encode(":"), tokenizer.encode("\n")
        self.end = tokenizer.encode("<|im_end|>")
        self.drills = 0.0           # share of copying drills

    def drill(self):
        """Random tokens to repeat, or to look up by key: what makes a small model learn to copy at all."""
        r = self.r
        some = lambda low, high: [r.randrange(len(SPECIAL), len(self.tokenizer.tokens))
                                  for _ in range(r.randint(low, high))]
        if r.random() < .5:
            part = some(8, 48)
            ids = part * (128 // len(part) + 1)
            weights = [0.0] * len(part) + [1.0] * 128
        else:
            items = [(some(1, 3), some(1, 5)) for _ in range(r.randint(2, 8))]
            ids, weights = [], []
            for key, value in items:
                ids += key + self.colon + value + self.line
            weights += [0.0] * len(ids)
            for key, value in r.sample(items, min(len(items), 6)):
                ids += key + self.colon + value + self.line
                weights += [0.0] * len(key + self.colon) + [1.0] * (len(value) + 1)
        return ids[:128], weights[:128]

    def conversation(self, documents):
        """Token ids and loss weights of one conversation."""
        if self.r.random() < self.drills:
            return self.drill()
        ids, weights = [], []
        for role, text in corpus.dialog(self.r, documents):
            head, body = self.tokenizer.encode(f"<|im_start|>{role}\n"), self.tokenizer.encode(text) + self.end
            weight = 1.0 if role == "assistant" else PROMPT_WEIGHT
            ids += head + body + self.line
            weights += [PROMPT_WEIGHT] * len(head) + [weight] * len(body) + [PROMPT_WEIGHT] * len(self.line)
        return ids, weights

    def batches(self, documents):
        """At least one full batch: (ids, weights), each (samples, length + 1)."""
        full = []
        while not full:
            for _ in range(160):
                ids, weights = self.conversation(documents)
                if len(ids) > CONTEXT:
                    continue
                length = -(-len(ids) // 64) * 64
                rows = self.waiting.setdefault(length, [])
                rows.append((ids, weights))
                if len(rows) == max(1, BATCH_TOKENS // length):
                    full.append(self.pad(rows, length))
                    self.waiting[length] = []
        self.r.shuffle(full)
        return full

    @staticmethod
    def pad(rows, length):
        ids, weights = torch.zeros(len(rows), length + 1, dtype=torch.long), torch.zeros(len(rows), length + 1)
        for i, (x, w) in enumerate(rows):
            ids[i, :len(x)], weights[i, :len(w)] = torch.tensor(x), torch.tensor(w)
        return ids, weights


class Muon(torch.optim.Optimizer):
    """Momentum, orthogonalised by five Newton-Schulz steps (Jordan et al., 2024); for hidden matrices."""

    def __init__(self, weights, lr):
        super().__init__(weights, dict(lr=lr))

    @torch.no_grad()
    def step(self):
        for group in self.param_groups:
            for weight in group["params"]:
                momentum = self.state[weight].setdefault("momentum", torch.zeros_like(weight)).lerp_(weight.grad, .05)
                x = torch.lerp(weight.grad, momentum, .95).bfloat16()
                tall = x.shape[0] > x.shape[1]
                x = x.T if tall else x
                x = x / (x.norm() + 1e-7)
                for _ in range(5):
                    y = x @ x.T
                    x = 3.4445 * x + (-4.7750 * y + 2.0315 * (y @ y)) @ x
                x = x.T if tall else x
                scale = max(1, weight.shape[0] / weight.shape[1]) ** .5
                weight.mul_(1 - group["lr"] * .02).add_(x.float(), alpha=-group["lr"] * scale)


@torch.no_grad()
def exact_answers(net, tokenizer, each, seed=987_654):
    """Per task, the share of prompts never trained on whose whole answer is the greedy choice at every token."""
    r, device, shares = random.Random(seed), net.emb.weight.device, {}
    end = tokenizer.encode("<|im_end|>")
    for name, task in corpus.TASKS.items():
        right = 0
        for _ in range(each):
            messages, answer = task(r)
            prompt, answer = tokenizer.encode(corpus.chatml(messages)), tokenizer.encode(answer) + end
            tokens = torch.tensor([prompt + answer[:-1]], device=device)
            with torch.autocast(device.type, dtype=torch.bfloat16):
                logits = F.linear(net(tokens)[0, len(prompt) - 1:], net.emb.weight)
            right += logits.argmax(-1).tolist() == answer
        shares[name] = round(right / each, 3)
    return shares


def main():
    a = arguments()
    device = "cuda" if torch.cuda.is_available() else "cpu"
    torch.manual_seed(a.seed)
    tokenizer_path = a.out + ".tokenizer.json"
    tokenizer = Tokenizer.load(tokenizer_path) if os.path.exists(tokenizer_path) else new_tokenizer(a.vocabulary)
    tokenizer.save(tokenizer_path)

    vocabulary = -(-len(tokenizer.tokens) // 32) * 32       # kernels like whole blocks; the rest stays unused
    net = Pocket(Config(vocabulary)).to(device)
    if a.resume:
        net.load_state_dict({k: w.float() for k, w in torch.load(a.resume, map_location=device).items()})
    else:
        start_with_induction(net, tokenizer)
    print(f"{sum(w.numel() for w in net.parameters()):,} parameters, {vocabulary} tokens, on {device}", flush=True)

    hidden = [w for name, w in net.named_parameters() if w.dim() > 1 and not name.startswith("emb")]
    others = [w for name, w in net.named_parameters() if w.dim() < 2 or name.startswith("emb")]
    optimizers = [Muon(hidden, a.rate),
                  torch.optim.AdamW(others, lr=a.rate * .15, betas=(.9, .98), weight_decay=.01, fused=True)]
    groups = [(group, group["lr"]) for optimizer in optimizers for group in optimizer.param_groups]

    def losses(tokens, places, wanted):
        """Cross entropy at `places`, flat indices into batch x length."""
        with torch.autocast(device, dtype=torch.bfloat16):
            h = net(tokens[:, :-1]).reshape(-1, net.config.width)[places]
            logits = F.linear(h, net.emb.weight)
        return F.cross_entropy(logits.float(), wanted, reduction="none")

    torch._dynamo.config.cache_size_limit = 64              # one graph a length
    compiled = torch.compile(losses, dynamic=False)

    samples, documents = Samples(tokenizer, random.Random(a.seed * 1000 + 11)), a.documents
    start, step, seen, running = time.time(), 0, 0, 3.0
    done = lambda: (time.time() - start) / (a.minutes * 60)
    while done() < 1:
        samples.drills = .8 if done() < .04 and not a.resume else .05
        if done() > .7:
            documents = 6
        elif done() > .04 and running < a.ready and documents < 6:
            documents, running = documents + 1, running + .1
        for tokens, weights in samples.batches(documents):
            if done() >= 1:
                break
            decay = min(1, (1 - done()) / .4 + .02)         # constant, then linear over the last 40 %
            for group, rate in groups:
                group["lr"] = rate * min(1, (step + 1) / 100) * decay
            flat = weights[:, 1:].reshape(-1)
            # the answers, then as many of the others as make half of all
            places = torch.topk(flat + torch.rand_like(flat) * .5 * (flat > 0), flat.numel() // 2).indices
            weight, tokens, places = flat[places].to(device), tokens.to(device), places.to(device)
            loss = compiled(tokens, places, tokens[:, 1:].reshape(-1)[places])
            for optimizer in optimizers:
                optimizer.zero_grad(set_to_none=True)
            ((loss * weight).sum() / weight.sum()).backward()
            torch.nn.utils.clip_grad_norm_(others, 1.0)
            for optimizer in optimizers:
                optimizer.step()
            step, seen = step + 1, seen + tokens.numel()
            answers = weight == 1
            running = .98 * running + .02 * loss.detach()[answers].mean().item()
            if step % 25 == 0:
                print(f"{time.time() - start:6.0f} s  step {step}  {seen / 1e6:.2f} M tokens  loss {running:.4f}  "
                      f"documents {documents}", flush=True)
            if step % a.evaluate_every == 0:
                print("        exact answers:", exact_answers(net, tokenizer, 30), flush=True)
                torch.save(net.state_dict(), a.out + ".pt")
    print("exact answers:", exact_answers(net, tokenizer, 100), flush=True)
    torch.save(net.state_dict(), a.out + ".pt")
    export(net, tokenizer, SPECIAL, a.out)
    print(f"wrote {a.out}, {os.path.getsize(a.out):,} bytes")


if __name__ == "__main__":
    main()
