"""Writes ../spec-rules.json: known answers of where marks begin, candidates, greedy choices, account tracing, e-values, decoys and samples of shards.

Python 3.9 or later, standard library only. Written from docs/spec.md, sections 5, 6 and 8; words are those of prf.py, scores those of
scheme.py. Tails are counts of outcomes and e-values 60-digit decimals, rounded once. The table of next tokens is data:
../spec-next-tokens.json. Random numbers come from Python's generator with the seed 2.

    python3 rules.py
"""

import hashlib
import json
import pathlib
import random
import struct
from decimal import Decimal
from fractions import Fraction
from itertools import product
from math import ceil

import prf
import scheme as schemes

TWO32 = 2**32
generator = random.Random(2)
SECRET = bytes(range(32))


def canonical(value):
    return json.dumps(value, sort_keys=True, separators=(",", ":"))


def log10_text(value):
    return "0" if value == 1 else f"{value.log10():.24e}"


# Section 5.2: candidates. Weights are 60-digit numbers here.


def candidates(logits, temperature, top_k, top_p):
    ranked = sorted((i for i, x in enumerate(logits) if x is not None), key=lambda i: (-logits[i], i))[:top_k]
    top = Decimal(logits[ranked[0]])
    weights = [((Decimal(logits[i]) - top) / Decimal(temperature)).exp() for i in ranked]
    if top_p < 1:
        target = Decimal(top_p) * sum(weights)
        mass, kept = Decimal(0), 0
        while kept < len(ranked) and (kept == 0 or mass < target):
            mass += weights[kept]
            kept += 1
        ranked, weights = ranked[:kept], weights[:kept]
    total = sum(weights)
    return ranked, [weight / total for weight in weights]


def candidate_case(comment, logits, temperature=1, top_k=None, top_p=1):
    ids, probs = candidates(logits, temperature, len(logits) if top_k is None else top_k, top_p)
    return {
        "type": "candidates",
        "comment": comment,
        "logits": logits,
        "temperature": temperature,
        "topK": top_k,
        "topP": top_p,
        "tokenIds": ids,
        "probs": [float(p) for p in probs],
    }


# Keys and words.


class Key:
    def __init__(self, scheme, common, account, length, width=2, vocab=50):
        tokenizer = {"name": "rules", "vocabSize": vocab, "fingerprint": hashlib.sha256(b"rules").hexdigest()}
        params = {"version": 1, "tokenizer": tokenizer, "contextWidth": width, "commonShare": common}
        params |= {"accountShare": account, "codeLength": length, "scheme": scheme}
        self.params, self.scheme, self.length, self.width, self.vocab = canonical(params), scheme, length, width, vocab
        material = SECRET + hashlib.sha256(self.params.encode()).digest()
        self.scheme_key = prf.derive_key(prf.SCHEME_KEY_CONTEXT, material)
        self.account_key = prf.derive_key(prf.ACCOUNT_KEY_CONTEXT, material)
        self.key_id = prf.derive_key(prf.KEY_ID_CONTEXT, material, 16).hex()
        self.limits = schemes.slot_limits(common, account)

    def block(self, context, index):
        data = struct.pack(f"<{len(context)}I", *context)
        return prf.output_block(prf.root_parameters(prf.key_words(self.scheme_key), data, prf.KEYED_HASH), index)

    def code(self, account):
        data = prf.keyed_hash(self.account_key, account.encode(), (self.length + 1) // 2)
        return [nibble for byte in data for nibble in (byte & 15, byte >> 4)][: self.length]

    def slot(self, context):
        word, position = self.block(context, 0)[:2]
        return schemes.slot_of(word, self.limits), position % self.length


# Section 5.1: where marks begin.


def start_case(comment, key, account, needed, steps, sampling, forced=(), seed=0):
    """A response of random logits. What a plain step draws, and what the engine takes instead at the steps of `forced`, is random too."""
    draws = random.Random(f"start {seed}")
    temperature, top_k, top_p = sampling
    response, used, spent, answers = [], set(), Decimal(0), []
    for step in range(steps):
        logits = [draws.randrange(-6, 7) / 2 for _ in range(key.vocab)]
        ids, probs = candidates(logits, temperature, len(logits) if top_k is None else top_k, top_p)
        context = tuple(response[-key.width :])
        if len(context) < key.width:
            fate = "withoutContext"
        elif context in used:
            fate = "repeatedContext"
        elif spent < Decimal(needed):
            fate = "start"
        else:
            slot = key.slot(context)[0]
            fate = slot if slot != "account" or account is not None else "free"
        if len(context) == key.width:
            used.add(context)
        marked = fate in ("common", "account")
        at = draws.choices(range(len(ids)), [float(p) for p in probs])[0]
        taken = draws.randrange(key.vocab) if marked or step in forced else ids[at]
        answer = {"logits": logits, "fate": fate, "taken": taken}
        if not marked:
            # How a token is drawn is not specified: whoever checks this has his sampler draw this one.
            answer["drawn"] = ids[at]
            if taken == ids[at] and spent < Decimal(needed):
                spent -= probs[at].ln() / Decimal(2).ln()
        answer["spentBits"] = float(spent)
        response.append(taken)
        answers.append(answer)
    return {
        "type": "start",
        "comment": comment,
        "canonicalParams": key.params,
        "secret": SECRET.hex(),
        "account": account,
        "startBits": needed,
        "temperature": temperature,
        "topK": top_k,
        "topP": top_p,
        "steps": answers,
    }


# Section 5.3: greedy decoding of a green list.


def greedy_case(comment, logits, green_ids, top_k=None, top_p=1):
    """The first context under which exactly these tokens are green."""
    key = Key({"kind": "green-list", "gamma": 0.25, "delta": 2}, 1, 0, 1, width=3, vocab=len(logits))
    greens = lambda context: {i for i in range(len(logits)) if key.block(context, 1 + i)[0] < schemes.limit_of(0.25)}
    context = next(c for c in product(range(6), repeat=3) if greens(c) == green_ids)
    ids, probs = candidates(logits, 1, len(logits) if top_k is None else top_k, top_p)
    green = [i in green_ids for i in ids]
    values = [p.ln() + 2 * g for p, g in zip(probs, green)]
    return {
        "type": "greedy",
        "comment": comment,
        "canonicalParams": key.params,
        "secret": SECRET.hex(),
        "prompt": list(context),
        "logits": logits,
        "topK": top_k,
        "topP": top_p,
        "candidates": ids,
        "green": green,
        "chosen": ids[max(range(len(ids)), key=lambda i: (values[i], -i))],
    }


# Section 6.1: accounts.


def tuples_of(key, tokens):
    for at in range(key.width, len(tokens)):
        context = tuple(tokens[at - key.width : at])
        slot, position = key.slot(context)
        if slot == "account":
            yield context, tokens[at], position


def table_of(key, documents):
    table, seen = {}, set()
    for tokens in documents:
        for context, token, position in tuples_of(key, tokens):
            if (context, token) in seen:
                continue
            seen.add((context, token))
            row = table.setdefault(position, [0] * 16)
            for symbol, word in enumerate(key.block(context, 1 + token)):
                row[symbol] += schemes.score(key.scheme, word)
    return dict(sorted(table.items())), len(seen)


def quantum_of(table):
    variances = []
    for row in table.values():
        mean = Fraction(sum(row), 16)
        variances.append(sum((x - mean) ** 2 for x in row) / 16)
    total = sum(variances)
    finest = min(total / len(variances) / 64, total / 4096)
    q = 1
    while (2 * q) ** 2 <= finest:
        q *= 2
    return q


def tail_of(quanta, threshold):
    ways = {0: 1}
    for row in quanta:
        after = {}
        for total, count in ways.items():
            for x in row:
                after[total + x] = after.get(total + x, 0) + count
        ways = after
    above = sum(count for total, count in ways.items() if total >= threshold)
    return Decimal(above) / Decimal(16 ** len(quanta))


def marked_text(key, account, length):
    """Tokens of which those in account slots have the largest score of the account's symbol; others are random."""
    code = key.code(account)
    tokens = [generator.randrange(key.vocab) for _ in range(key.width)]
    while len(tokens) < length:
        context = tuple(tokens[-key.width :])
        slot, position = key.slot(context)
        if slot == "account":
            symbol = code[position]
            best = max(generator.sample(range(key.vocab), 12), key=lambda v: key.block(context, 1 + v)[symbol])
            tokens.append(best)
        else:
            tokens.append(generator.randrange(key.vocab))
    return tokens


def trace_text(key, documents, accounts, tests):
    table, scored = table_of(key, documents)
    quantum = quantum_of(table)
    quanta = [[(x - min(row)) // quantum for x in row] for row in table.values()]
    found = []
    for account in accounts:
        code = key.code(account)
        total = sum(row[code[position]] for position, row in zip(table, quanta))
        tail = tail_of(quanta, total)
        corrected = min(Decimal(1), tail * tests)
        found.append({"account": account, "sum": total, "log10RawPValue": log10_text(tail), "log10PValue": log10_text(corrected)})
    return {"scored": scored, "positions": list(table), "quantum": quantum, "table": list(table.values()), "accounts": found}


def trace_case(comment, key, documents, accounts, issued):
    texts = [trace_text(key, [tokens], accounts, issued * (1 if len(documents) == 1 else 2 * len(documents))) for tokens in documents]
    if len(documents) > 1:
        texts.append(trace_text(key, documents, accounts, 2 * issued))
    return {
        "type": "trace",
        "comment": comment,
        "canonicalParams": key.params,
        "secret": SECRET.hex(),
        "documents": documents,
        "issued": issued,
        "texts": texts,
    }


# Section 6.2: e-values.

TABLE = json.loads(pathlib.Path(__file__).parent.parent.joinpath("spec-next-tokens.json").read_text(encoding="utf-8"))
assert [len(row["probabilities"]) for row in TABLE["priors"]] == [65, 65]
assert [len(row) for row in TABLE["biases"]] == [30] * 8


def gumbel_bins():
    first = [ceil(Fraction(8 + b % 8, 8) * 2 ** (b // 8)) for b in range(256)] + [TWO32 + 1]
    counts = [first[b + 1] - first[b] for b in range(256)]

    def bin_of(word):
        return 255 if word == 0 else max(b for b in range(256) if first[b] <= TWO32 - word < first[b + 1])

    exponents = [Decimal(2) ** (Decimal(k) / 4) for k in range(65)]

    def law(row):
        def below(b):
            r = 1 - Decimal(first[b] - 1) / TWO32
            if r <= 0:
                return Decimal(0)
            return sum(w * (r.ln() * e).exp() for w, e in zip(row["probabilities"], exponents) if w) / 100_000

        edges = [below(b) for b in range(257)]
        return [edges[b] - edges[b + 1] for b in range(256)]

    return bin_of, counts, [law(row) for row in TABLE["priors"]]


def green_bins(scheme):
    limit = schemes.limit_of(scheme["gamma"])
    odds = Decimal(limit) / (TWO32 - limit) * Decimal(scheme["delta"]).exp()
    law = [1 / (1 + odds), odds / (1 + odds)]
    return (lambda word: int(word < limit)), [TWO32 - limit, limit], [law]


def tournament_bins(scheme):
    weights = schemes.weights_of(scheme["depth"])
    largest = sum(weights)
    width = ceil(Fraction(largest + 1, 256))
    size = largest // width + 1

    def law(leans):
        masses = [Decimal(1)] + [Decimal(0)] * largest
        for weight, lean in zip(weights, leans):
            one = (1 + Decimal(str(lean))) / 2
            masses = [m * (1 - one) + (masses[i - weight] * one if i >= weight else 0) for i, m in enumerate(masses)]
        return [sum(masses[b * width : (b + 1) * width], Decimal(0)) for b in range(size)]

    counts = [int(mass * TWO32) for mass in law([0] * len(weights))]
    classes = [law(row) for row in TABLE["biases"]]
    mixed = [
        [sum(Decimal(share) / 100_000 * each[b] for share, each in zip(row["classes"], classes)) for b in range(size)]
        for row in TABLE["priors"]
    ]
    return (lambda word: schemes.score(scheme, word) // width), counts, mixed


def e_value_case(comment, scheme, words):
    kinds = {"gumbel": lambda _: gumbel_bins(), "green-list": green_bins, "tournament": tournament_bins}
    bin_of, counts, laws = kinds[scheme["kind"]](scheme)
    assert sum(counts) == TWO32
    safety = 1 - Decimal(2) ** -40
    products = []
    for law in laws:
        for j in range(7):
            share, e_value = Decimal(2) ** -j, Decimal(1)
            for word in words:
                b = bin_of(word)
                e_value *= 1 + share * (safety * law[b] * TWO32 / counts[b] - 1)
            products.append(e_value)
    mean = sum(products) / len(products)
    return {"type": "e-value", "comment": comment, "scheme": scheme, "words": words, "bins": [bin_of(w) for w in words][:8], "log10EValue": log10_text(mean)}


# Section 8: decoys and samples of shards.


def decoy_case(comment, seed, number):
    text = f"countermark decoy {seed} {EXAMPLE.key_id} {number}"
    secret = hashlib.sha256(text.encode()).hexdigest()
    return {"type": "decoy", "comment": comment, "seed": seed, "canonicalParams": EXAMPLE.params, "secretOfKey": SECRET.hex(), "number": number, "secret": secret}


def shards_case(comment, seed, shards, share):
    order = sorted(range(shards), key=lambda i: hashlib.sha256(f"countermark shard order {seed} {i}".encode()).hexdigest())
    return {"type": "shards", "comment": comment, "seed": seed, "shards": shards, "share": share, "taken": order[: ceil(share * shards)]}


EXAMPLE = Key({"kind": "gumbel"}, 0.3, 0.6, 16)
SEED = hashlib.sha256(b"rules").hexdigest()
TIED = [1.5, 0.25, 1.5, None, -2, 1.5, 0.25, 0]
GUMBEL_TEXT = marked_text(EXAMPLE, "account-2", 46)
OTHER_TEXT = marked_text(EXAMPLE, "account-3", 30)
TOURNAMENT = Key({"kind": "tournament", "depth": 5}, 0.2, 0.7, 8)
GREEN = Key({"kind": "green-list", "gamma": 0.25, "delta": 2}, 0, 1, 4)
ACCOUNTS = [f"account-{i}" for i in range(1, 6)]
words = [generator.getrandbits(32) for _ in range(40)]
high = [TWO32 - 1 - generator.getrandbits(30) for _ in range(24)]

SMALL = Key({"kind": "gumbel"}, 0.5, 0.25, 4, width=2, vocab=9)

tests = [
    start_case("marks begin where 16 bits are spent", SMALL, "account-1", 16, 24, (1, None, 1), seed=1),
    start_case("a token that the engine forced spends nothing", SMALL, "account-1", 8, 24, (1, None, 1), forced={0, 2, 3, 5}, seed=2),
    start_case("bits are those after temperature, top-k and top-p", SMALL, "account-1", 10, 24, (0.5, 5, 0.75), seed=3),
    start_case("one candidate is no choice: nothing is ever spent or marked", SMALL, "account-1", 1, 12, (1, 1, 1), seed=4),
    start_case("0 bits: the context alone decides, and without an account its slots are plain", SMALL, None, 0, 24, (1, None, 1), seed=5),
    candidate_case("ties go by the smaller token id; no logit is no candidate", TIED),
    candidate_case("temperature divides logits", TIED, temperature=0.5),
    candidate_case("top-k keeps exactly k, and cuts through a tie", TIED, top_k=2),
    candidate_case("top-p keeps the token at which the mass reaches p", [2, 1, 0, -1], top_p=0.7),
    candidate_case("top-p is reached by equality: two of four equal tokens are half", [0, 0, 0, 0], top_p=0.5),
    candidate_case("top-p a little above that takes the next", [0, 0, 0, 0], top_p=0.5 + 2**-40),
    candidate_case("top-p keeps one token at least", [3, 0, 0], top_p=2**-30),
    candidate_case("top-p is of the mass that top-k left", [0, 0, 0, 0], top_k=2, top_p=0.75),
    candidate_case("temperature comes before top-p", [1, 0, 0, 0], temperature=2, top_p=0.6),
    greedy_case("a green token overtakes by delta at most", [1, 0, -0.5, -4, 0.75, -3], {1}),
    greedy_case("a green token that is further behind than delta does not", [1, 0, -0.5, -4, 0.75, -3], {3}),
    greedy_case("equal values: the first of the ranking", [0, 0, 0, 0, 0, 0], {3, 4}),
    greedy_case("tokens that top-k leaves out are not chosen, green or not", [1, 0, -0.5, -4, 0.75, -3], {1}, top_k=2),
    greedy_case("top-p is taken at temperature 1", [1, 0, -0.5, -4, 0.75, -3], {1}, top_p=0.55),
    trace_case("one text of one account", EXAMPLE, [GUMBEL_TEXT], ACCOUNTS, 5),
    trace_case("a repeated stretch counts once", EXAMPLE, [GUMBEL_TEXT + GUMBEL_TEXT[:20]], ACCOUNTS, 1000),
    trace_case("two texts that share a stretch, each and together", EXAMPLE, [GUMBEL_TEXT, OTHER_TEXT + GUMBEL_TEXT[:15]], ACCOUNTS, 5),
    trace_case("a tournament, whose scores are small numbers", TOURNAMENT, [marked_text(TOURNAMENT, "account-1", 40)], ACCOUNTS, 5),
    trace_case("a green list with four positions", GREEN, [marked_text(GREEN, "account-4", 40)], ACCOUNTS, 24),
    e_value_case("gumbel, unmarked words", {"kind": "gumbel"}, words),
    e_value_case("gumbel, large words, and the ends of the range", {"kind": "gumbel"}, [*high, 0, 1, TWO32 - 1, TWO32 - 2, TWO32 - 7]),
    e_value_case("green list", {"kind": "green-list", "gamma": 0.25, "delta": 2}, words),
    e_value_case("tournament of 30 layers: bins of several scores", {"kind": "tournament", "depth": 30}, words),
    e_value_case("tournament of 5 layers, all bits set", {"kind": "tournament", "depth": 5}, [word | 31 for word in words]),
    e_value_case("tournament of one layer", {"kind": "tournament", "depth": 1}, words),
    decoy_case("the first decoy", SEED, 0),
    decoy_case("the number is decimal", SEED, 10),
    shards_case("a third of ten shards, rounded up", SEED, 10, 1 / 3),
]
TABLE_DIGEST = hashlib.sha256(canonical(TABLE).encode()).hexdigest()

if __name__ == "__main__":
    source = f"docs/spec.md, sections 5, 6 and 8; table of next tokens {TABLE_DIGEST}"
    prf.write_vectors("spec-rules.json", "Countermark version 1, rules", source, "gen/rules.py, standard library only", tests)
