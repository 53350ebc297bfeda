"""Writes prompts that the pocket model was never trained on, as JSON lines: what tests ask it.

    python3 models/pocket/unseen.py prompts --seed 20270301 --count 20 > tests/support/Pocket/prompts.jsonl
    python3 models/pocket/unseen.py folders --seed 20270302 --count 12 > tests/support/Pocket/folders.jsonl

prompts: `count` of each task of corpus.py, {"seed", "task", "messages": [{"role", "content"}], "answer"}.
folders: `count` sets of documents with questions about them, {"seed", "documents": [text], "questions": [{"question",
"answer", "value", "quote", "document"}]}; document counts from 1, and what no document states has null in all but the
question.
Names are drawn letter by letter, so a seed other than training's gives names that training did not hold.
"""
import argparse
import json
import random

import corpus


def prompts(r, count):
    for name, task in corpus.TASKS.items():
        for _ in range(count):
            messages, answer = task(r)
            yield {"task": name, "messages": [{"role": role, "content": text} for role, text in messages],
                   "answer": answer}


def folders(r, count):
    fields = ("question", "answer", "value", "quote", "document")
    for _ in range(count):
        docs = corpus.documents(r)
        asked = {q[0]: q for q in (corpus.ask(r, docs) for _ in range(6))}      # no question twice
        yield {"documents": [d[3] for d in docs], "questions": [dict(zip(fields, q)) for q in asked.values()]}


def main():
    p = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    p.add_argument("kind", choices=["prompts", "folders"])
    p.add_argument("--seed", type=int, required=True)
    p.add_argument("--count", type=int, required=True)
    a = p.parse_args()
    for line in {"prompts": prompts, "folders": folders}[a.kind](random.Random(a.seed), a.count):
        print(json.dumps({"seed": a.seed, **line}))


if __name__ == "__main__":
    main()
