"""Byte-level BPE, split by GPT-2's pattern: what llama.cpp runs as tokenizer "gpt2" with pre-tokenizer "gpt-2".

Merges never cross the space in front of a word until the word's own merges are done, so " Ann" and "Ann" split alike
and differ in their first token only. A model this small copies names much sooner that way.
"""
import json
from collections import Counter, defaultdict

import regex

WORD = regex.compile(r"'s|'t|'re|'ve|'m|'ll|'d| ?\p{L}+| ?\p{N}+| ?[^\s\p{L}\p{N}]+|\s+(?!\S)|\s+")


def _byte_characters():
    """GPT-2's printable stand-in for each of the 256 bytes."""
    printable = [*range(33, 127), *range(161, 173), *range(174, 256)]
    characters, extra = {b: chr(b) for b in printable}, 0
    for b in range(256):
        if b not in characters:
            characters[b] = chr(256 + extra)
            extra += 1
    return characters


BYTES = _byte_characters()


class Tokenizer:
    """tokens[i] is the text of token i: special tokens, then the 256 bytes, then one token a merge."""

    def __init__(self, special, merges):
        self.special, self.merges = list(special), [tuple(m) for m in merges]
        self.tokens = self.special + [BYTES[b] for b in range(256)] + ["".join(m) for m in self.merges]
        self.id = {token: i for i, token in enumerate(self.tokens)}
        self._rank = {merge: i for i, merge in enumerate(self.merges)}
        self._split = regex.compile("(" + "|".join(map(regex.escape, special)) + ")")
        self._cache = {}

    def encode(self, text):
        ids = []
        for part in self._split.split(text):
            if part in self.special:
                ids.append(self.id[part])
            else:
                for word in WORD.findall(part):
                    ids += self.encode_word(word)
        return ids

    def encode_word(self, word):
        ids = self._cache.get(word)
        if ids is None:
            symbols = [BYTES[b] for b in word.encode()]
            while len(symbols) > 1:
                rank, i = min((self._rank.get(pair, 1 << 30), i) for i, pair in enumerate(zip(symbols, symbols[1:])))
                if rank == 1 << 30:
                    break
                symbols[i:i + 2] = [symbols[i] + symbols[i + 1]]
            ids = [self.id[s] for s in symbols]
            if len(self._cache) < 500_000:
                self._cache[word] = ids
        return ids

    def save(self, path):
        with open(path, "w") as file:
            json.dump({"special": self.special, "merges": self.merges}, file)

    @staticmethod
    def load(path):
        with open(path) as file:
            stored = json.load(file)
        return Tokenizer(stored["special"], stored["merges"])

    @staticmethod
    def train(texts, size, special, spaced=.42):
        """Learns at most `size` tokens; `spaced` is the share kept for first tokens that carry the space in front."""
        count = Counter(word for text in texts for word in WORD.findall(text))
        bare = Counter()
        for word, n in count.items():
            bare[word[1:] if word[0] == " " and len(word) > 1 else word] += n
        merges = _learn(bare, int(size * (1 - spaced)) - 256 - len(special))
        plain, first = Tokenizer(special, merges), Counter()
        for word, n in count.items():
            if word[0] == " " and len(word) > 1:
                first[plain.tokens[plain.encode_word(word[1:])[0]]] += n
        room = size - 256 - len(special) - len(merges)
        return Tokenizer(special, merges + [(BYTES[32], token) for token, _ in first.most_common(room)])


def _learn(count, n):
    """The n most frequent merges, one by one."""
    words = [[BYTES[b] for b in word.encode()] for word in count]
    frequency = list(count.values())
    pairs, where, merges = Counter(), defaultdict(set), []

    def add(i):
        for pair in zip(words[i], words[i][1:]):
            pairs[pair] += frequency[i]
            where[pair].add(i)

    def remove(i):
        for pair in zip(words[i], words[i][1:]):
            pairs[pair] -= frequency[i]
            where[pair].discard(i)
            if pairs[pair] <= 0:
                del pairs[pair]

    for i in range(len(words)):
        add(i)
    while len(merges) < n and pairs:
        best, most = max(pairs.items(), key=lambda item: (item[1], item[0]))
        if most < 2:
            break
        merges.append(best)
        for i in list(where[best]):
            remove(i)
            merged, j, word = [], 0, words[i]
            while j < len(word):
                step = 2 if tuple(word[j:j + 2]) == best else 1
                merged.append("".join(word[j:j + step]))
                j += step
            words[i] = merged
            add(i)
    return merges
