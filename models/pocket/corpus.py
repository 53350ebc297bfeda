"""Synthetic conversations for the pocket model: RAG answers, JSON answers, graph extraction, JSON repair, reranking.

Every name, number and place is made up here, so a test can draw facts that no training sample held.
make(rng) returns (messages, answer): messages is a list of (role, text), answer the assistant's text.
"""
import json
import random

SYSTEM_RAG = "You are a helpful assistant that answers using the provided context only."
ASK_RAG = ("Answer the question using only the documents above. "
           "If the answer is not contained there, say you don't know.\n\nQuestion: ")
ASK_RAG_JSON = ("Answer the question using only the documents above. Reply with JSON: "
                '{"quote": sentence from a document or null, "answer": string or null}.\n\nQuestion: ')
SYSTEM_GRAPH = ('You are an information extraction model. You MUST output a JSON with "nodes" '
                'and "edges".')
ASK_GRAPH = "Extract a knowledge graph from this text: "
SYSTEM_REPAIR = ("You are a strict JSON repair tool. You only output valid JSON that matches the given schema. "
                 "Do not explain, do not add comments, do not wrap in markdown.")
SYSTEM_RANK = "You are a reranker. Choose the best candidate and output its number."
UNKNOWN = "I don't know."

FIRST = ("Alice Bob Carol David Emma Frank Grace Henry Irene Jack Karen Liam Maria Nina Oscar Paula Quinn Rosa Sam "
         "Tina Umar Vera Walt Xenia Yusuf Zoe Anna Boris Clara Dmitri Elena Felix Gita Hugo Ivan Julia Kofi Lena "
         "Marco Noor Olga Pedro Rania Sven Tara Uma Viktor Wendy Yara Zane").split()
LANGS = "English Spanish French German Italian Polish Turkish Arabic Hindi Japanese Korean Dutch Greek Czech".split()
ROLES = ("data engineer|product manager|nurse|teacher|pilot|chef|architect|accountant|designer|chemist|lawyer|"
         "librarian|gardener|translator|surveyor|editor|mechanic|analyst|biologist|electrician").split("|")
COLORS = "red blue green black white yellow orange purple silver brown".split()
MONTHS = "January February March April May June July August September October November December".split()
KINDS = "lamp drill phone camera kettle bicycle printer radio tractor telescope heater pump scooter clock".split()
FIRMS = "Labs Systems Foods Motors Works Energy Logistics Textiles Robotics Media Optics Mining".split()
ON, NU, CO = "b br c ch d dr f fl g gr h j k kl l m n p pr qu r s sh st t tr v w z th".split(), \
    "a e i o u ai ea ia oo ou ei".split(), "n r l s t m nd rk th x ck rn sh lt p d".split()


# made-up words and values

def syl(r):
    return r.choice(ON) + r.choice(NU) + (r.choice(CO) if r.random() < .5 else "")


def word(r, lo=2, hi=3):
    return "".join(syl(r) for _ in range(r.randint(lo, hi)))[:12].capitalize()


def first(r):
    return r.choice(FIRST) if r.random() < .6 else word(r, 1, 2)


def person(r):
    return f"{first(r)} {word(r)}"


def firm(r):
    return f"{word(r)} {r.choice(FIRMS)}" if r.random() < .8 else word(r)


def city(r):
    return word(r) if r.random() < .8 else f"{r.choice(['New', 'Port', 'Lake', 'San', 'Old'])} {word(r)}"


def year(r):
    return str(r.randint(1890, 2025))


def amount(r):
    return str(r.choice([r.randint(2, 99), r.randint(100, 9999), r.randint(1, 99) * 1000]))


def code(r):
    return "".join(r.choice("ABCDEFGHJKLMNPRSTUVWXYZ") for _ in range(2)) + "-" + str(r.randint(10, 9999))


def date(r):
    return f"{r.randint(1, 28)} {r.choice(MONTHS)}"


def product(r):
    return f"{word(r)} {r.choice(KINDS)}"


def event(r):
    return f"{word(r)} {r.choice(['festival', 'conference', 'race', 'market', 'concert'])}"


# relation: (value maker, statements, questions, full answer); {s} subject, {v} value

PERSON = {
    "works_at": (firm, ["{s} works at {v}.", "{s} is employed by {v}.", "{v} employs {s}."],
                 ["Where does {s} work?", "Which company employs {s}?"], "{s} works at {v}."),
    "lives_in": (city, ["{s} lives in {v}.", "{s} has a house in {v}."],
                 ["Where does {s} live?", "In which city does {s} live?"], "{s} lives in {v}."),
    "manager": (person, ["{s}'s manager is {v}.", "{s} reports to {v}.", "{v} is {s}'s manager."],
                ["Who is {s}'s manager?", "Who does {s} report to?"], "{s}'s manager is {v}."),
    "role": (lambda r: r.choice(ROLES), ["{s} is a {v}.", "{s} works as a {v}."],
             ["What is {s}'s job?", "What does {s} do for a living?"], "{s} is a {v}."),
    "language": (lambda r: r.choice(LANGS), ["{s} speaks {v}.", "{s} grew up with {v}."],
                 ["Which language does {s} speak?"], "{s} speaks {v}."),
    "joined": (year, ["{s} joined in {v}.", "{s} has been there since {v}."],
               ["When did {s} join?", "In which year did {s} join?"], "{s} joined in {v}."),
}
FIRM = {
    "based_in": (city, ["{s} is based in {v}.", "{s} has its head office in {v}."],
                 ["Where is {s} based?", "In which city is the head office of {s}?"], "{s} is based in {v}."),
    "founded": (year, ["{s} was founded in {v}.", "{s} dates from {v}."],
                ["When was {s} founded?", "In which year was {s} founded?"], "{s} was founded in {v}."),
    "founder": (person, ["{s} was started by {v}.", "The founder of {s} is {v}.", "{v} founded {s}."],
                ["Who founded {s}?", "Who is the founder of {s}?"], "The founder of {s} is {v}."),
    "employees": (amount, ["{s} has {v} employees.", "{s} employs {v} people."],
                  ["How many employees does {s} have?", "How many people work for {s}?"], "{s} has {v} employees."),
    "makes": (lambda r: f"{word(r)} {r.choice(KINDS)}", ["{s} makes the {v}.", "{s} is known for the {v}."],
              ["What does {s} make?", "Which product does {s} make?"], "{s} makes the {v}."),
}
PRODUCT = {
    "price": (amount, ["The {s} costs {v} dollars.", "The price of the {s} is {v} dollars."],
              ["How much does the {s} cost?", "What is the price of the {s}?"], "The {s} costs {v} dollars."),
    "color": (lambda r: r.choice(COLORS), ["The {s} is {v}.", "The {s} comes in {v}."],
              ["What color is the {s}?"], "The {s} is {v}."),
    "weight": (amount, ["The {s} weighs {v} grams."], ["How much does the {s} weigh?"], "The {s} weighs {v} grams."),
    "serial": (code, ["The {s} has the model number {v}.", "The model number of the {s} is {v}."],
               ["What is the model number of the {s}?"], "The {s} has the model number {v}."),
    "released": (year, ["The {s} was released in {v}.", "The {s} came out in {v}."],
                 ["When was the {s} released?"], "The {s} was released in {v}."),
}
EVENT = {
    "on": (date, ["The {s} takes place on {v}.", "The {s} starts on {v}."],
           ["When does the {s} take place?", "On which day does the {s} start?"], "The {s} takes place on {v}."),
    "in": (city, ["The {s} is held in {v}.", "The {s} comes to {v}."],
           ["Where is the {s} held?"], "The {s} is held in {v}."),
    "host": (person, ["The {s} is opened by {v}.", "{v} opens the {s}."],
             ["Who opens the {s}?"], "The {s} is opened by {v}."),
    "fee": (amount, ["A ticket for the {s} costs {v} dollars."],
            ["How much is a ticket for the {s}?"], "A ticket for the {s} costs {v} dollars."),
}
TYPES = [(person, PERSON), (firm, FIRM), (product, PRODUCT), (event, EVENT)]


# documents and questions about them

def passage(r):
    """One document about one subject: (subject, relations, {relation: (value, sentence)}, text)."""
    name, rel = r.choice(TYPES)
    s = name(r)
    keys = r.sample(list(rel), r.randint(2, min(4, len(rel))))
    facts = {}
    for k in keys:
        v = rel[k][0](r)
        facts[k] = v, r.choice(rel[k][1]).format(s=s, v=v)
    return s, rel, facts, " ".join(sentence for _, sentence in facts.values())


def documents(r, most=6):
    docs, seen = [], set()
    for _ in range(r.randint(1, most)):
        d = passage(r)
        if d[0] not in seen:
            seen.add(d[0])
            docs.append(d)
    return docs


def context(docs):
    return "\n\n".join(f"[DOC {i + 1}]\n{d[3]}" for i, d in enumerate(docs))


def ask(r, docs):
    """(question, full answer or None, value, sentence, index) about one of the documents."""
    i = r.randrange(len(docs))
    s, rel, facts, _ = docs[i]
    if r.random() < .15:                                    # a fact that no document states
        if r.random() < .5 and len(facts) < len(rel):
            k = r.choice([k for k in rel if k not in facts])
        else:
            name, rel = r.choice(TYPES)
            s = name(r)
            k = r.choice(list(rel))
        return r.choice(rel[k][2]).format(s=s), None, None, None, None
    k = r.choice(list(facts))
    v, sentence = facts[k]
    return r.choice(rel[k][2]).format(s=s), rel[k][3].format(s=s, v=v), v, sentence, i + 1


def quoted(sentence, value):
    return json.dumps({"quote": sentence, "answer": value})


# the tasks: each gives (messages, answer)

def rag(r):
    docs = documents(r)
    q, full, *_ = ask(r, docs)
    return [("system", SYSTEM_RAG), ("user", context(docs) + "\n\n" + ASK_RAG + q)], full or UNKNOWN


def rag_json(r):
    docs = documents(r)
    q, _, v, sentence, _ = ask(r, docs)
    return [("system", SYSTEM_RAG), ("user", context(docs) + "\n\n" + ASK_RAG_JSON + q)], quoted(sentence, v)


def graph(r, most=2):
    """Text with named people, firms and cities to nodes and edges."""
    nodes, edges, text = [], [], []

    def node(label, kind):
        for n in nodes:
            if n["label"] == label:
                return n["id"]
        nodes.append({"id": f"n{len(nodes) + 1}", "label": label, "type": kind})
        return nodes[-1]["id"]

    for _ in range(r.randint(1, most)):
        s = person(r) if r.random() < .5 else first(r)
        for k in r.sample(["works_at", "lives_in", "manager"], r.randint(1, 2)):
            v = PERSON[k][0](r)
            text.append(r.choice(PERSON[k][1][:2]).format(s=s, v=v))
            a = node(s, "person")
            b = node(v, {"works_at": "company", "lives_in": "city", "manager": "person"}[k])
            edges.append({"source": b if k == "manager" else a, "target": a if k == "manager" else b,
                          "relation": "manager_of" if k == "manager" else k})
    return ([("system", SYSTEM_GRAPH), ("user", ASK_GRAPH + " ".join(text))],
            json.dumps({"nodes": nodes, "edges": edges}))


def record(r):
    return r.choice([
        lambda: {"name": person(r), "city": city(r), "year": int(year(r))},
        lambda: {"product": product(r), "price": int(amount(r)), "colors": r.sample(COLORS, r.randint(1, 3))},
        lambda: {"event": event(r), "day": date(r), "open": r.random() < .5},
        lambda: {"id": code(r), "owner": {"name": person(r), "age": r.randint(18, 90)}},
    ])()


def describe(v):
    if isinstance(v, dict):
        return "{" + ", ".join(f"{k}: {describe(x)}" for k, x in v.items()) + "}"
    if isinstance(v, list):
        return "array of " + describe(v[0])
    return {str: "string", bool: "boolean", int: "integer"}[type(v)]


def damage(r, s):
    for _ in range(r.randint(1, 2)):
        k = r.randrange(7)
        if k == 0:
            s = s.replace('"', "'")
        elif k == 1:
            s = s.rstrip("}").rstrip()
        elif k == 2:
            s = s[:-1] + ",}" if s.endswith("}") else s + ","
        elif k == 3:
            s = s.replace(", \"", " \"", 1)
        elif k == 4:
            s = "Here is the JSON: " + s
        elif k == 5:
            s = s.replace("true", "True").replace("false", "False")
        else:
            s = s.replace('": ', '" ', 1)
    return s


def repair(r):
    v = record(r)
    good = json.dumps(v)
    return ([("system", SYSTEM_REPAIR),
             ("user", f"Schema (natural language description):\n{describe(v)}\n\nInvalid or partially valid JSON "
                      f"candidate:\n```json\n{damage(r, good)}\n```\n\nReturn ONLY one valid JSON object that best "
                      "matches both the schema and the candidate.")], good)


def rank(r, most=4):
    docs = documents(r, most)
    q, full, *_, i = ask(r, docs)
    while full is None:
        q, full, *_, i = ask(r, docs)
    s, rel, facts, _ = docs[i - 1]
    wrong = []
    while len(wrong) < 2:
        k = r.choice(list(rel))
        w = rel[k][3].format(s=s, v=rel[k][0](r))
        if w != full and w not in wrong:
            wrong.append(w)
    c = wrong + [full]
    r.shuffle(c)
    lines = "\n".join(f"{n + 1}. {x}" for n, x in enumerate(c))
    return ([("system", SYSTEM_RANK),
             ("user", f"{context(docs)}\n\nQuestion: {q}\n\nCandidates:\n{lines}\n\nBest candidate:")],
            str(c.index(full) + 1))


TASKS = {"rag": rag, "rag_json": rag_json, "graph": graph, "repair": repair, "rank": rank}


def make(r):
    """One prompt of one task: (messages, answer)."""
    return r.choices(list(TASKS.values()), [5, 3, 2, 2, 1.5])[0](r)


def dialog(r, most=6):
    """A training sample: a whole conversation; RAG ones ask several questions of the same documents."""
    k = r.choices(["rag", "rag_json", "other"], [4, 3, 4])[0]
    if k == "other":
        m, ans = r.choices([lambda r: graph(r, min(2, most)), repair, lambda r: rank(r, min(4, most))], [4, 1, 1])[0](r)
        return m + [("assistant", ans)]
    docs = documents(r, most)
    turns = [("system", SYSTEM_RAG)]
    for n in range(r.randint(2, 7)):
        q, full, v, sentence, i = ask(r, docs)
        head = context(docs) + "\n\n" if n == 0 else ""
        if k == "rag":
            turns += [("user", head + ASK_RAG + q if n == 0 else q), ("assistant", full or UNKNOWN)]
        else:
            turns += [("user", head + ASK_RAG_JSON + q if n == 0 else q), ("assistant", quoted(sentence, v))]
    return turns


def chatml(messages, answer=None):
    s = "".join(f"<|im_start|>{role}\n{text}<|im_end|>\n" for role, text in messages) + "<|im_start|>assistant\n"
    return s if answer is None else s + answer + "<|im_end|>\n"


if __name__ == "__main__":
    r = random.Random(1)
    for _ in range(6):
        print(chatml(*make(r)))
        print("-" * 40)
