"""Writes ../spec-scheme.json: known answers of slots, scores, statistics and key ids, frozen with version 1 of the format.

Python 3.9 or later, standard library only. Words are those of prf.py. Scores and limits are integers, taken from 60-digit
logarithms and from the exact rational numbers that doubles are; p-values are rational numbers (times one exponential for
gumbel), rounded once. Random words come from Python's generator with the seed 1.

    python3 scheme.py
"""

import hashlib
import json
import random
import struct
from decimal import MAX_EMAX, MIN_EMIN, Decimal, getcontext
from fractions import Fraction
from math import comb, factorial, floor

import prf

getcontext().prec = 60
getcontext().Emax = MAX_EMAX
getcontext().Emin = MIN_EMIN

TWO32 = 2**32
LARGEST = TWO32 - 1
# The sixteen words of all 2^32 whose scaled logarithm is nearest to an integer, from nearest_words.c, and the distance of
# the first.
NEAREST = [
    *(1017479306, 2481206518, 2372935209, 4148450954, 3262992893, 320388409, 3108574712, 1451715693),
    *(158238157, 4138884359, 1271293082, 4012442709, 3343864378, 406775411, 696356627, 4194927882),
]
NEAREST_DISTANCE = Decimal("1.338e-11")
generator = random.Random(1)
RANDOM_WORDS = [generator.getrandbits(32) for _ in range(64)]


# Section 4: slots.


def limit_of(share):
    """floor(share * 2^32) of the double `share`."""
    return floor(Fraction(share) * TWO32)


def slot_limits(common_share, account_share):
    # The sum is a double: Python adds as IEEE 754 does.
    return limit_of(common_share), limit_of(common_share + account_share)


def slot_of(word, limits):
    common_limit, account_limit = limits
    if word < common_limit:
        return "common"
    return "account" if word < account_limit else "free"


# Section 6: scores.


def scaled_log(word):
    return -(1 - Decimal(word) / TWO32).ln() * 2**20


def gumbel_score(word):
    if word == 0:
        return 0
    scaled = scaled_log(word)
    distance = abs(scaled - round(scaled))
    assert distance > NEAREST_DISTANCE, word
    return int(scaled)


def weights_of(depth):
    return [10 * (depth - 1) - 9 * layer for layer in range(depth)] if depth > 1 else [1]


def score(scheme, word):
    if scheme["kind"] == "gumbel":
        return gumbel_score(word)
    if scheme["kind"] == "green-list":
        return int(word < limit_of(scheme["gamma"]))
    return sum(weight * (word >> layer & 1) for layer, weight in enumerate(weights_of(scheme["depth"])))


assert abs(scaled_log(NEAREST[0]) - round(scaled_log(NEAREST[0]))) < Decimal("1.339e-11")


# Null laws: P(sum of n scores >= observed), and its logarithm.


def log10_text(p):
    """log10 of a probability, to 25 digits."""
    if p == 1:
        return "0"
    value = Decimal(p.numerator) / p.denominator if isinstance(p, Fraction) else p
    return f"{value.log10():.24e}"


def gumbel_tail(n, total):
    x = Fraction(total, 2**20)
    series = sum(x**j / factorial(j) for j in range(n))
    exponential = (-Decimal(total) / 2**20).exp()
    return exponential * series.numerator / series.denominator


def green_tail(n, green, numerator):
    q = Fraction(numerator, TWO32)
    return sum(comb(n, j) * q**j * (1 - q) ** (n - j) for j in range(green, n + 1))


def bits_tail(n, total, weights):
    # Counts of outcomes by sum, as the digits of one large integer: a fair bit of weight w shifts and adds.
    width = n * len(weights) + 1
    counts = 1
    for weight in weights:
        for _ in range(n):
            counts += counts << (width * weight)
    above = counts >> (width * total)
    mask = (1 << width) - 1
    tail = 0
    while above:
        tail += above & mask
        above >>= width
    return Fraction(tail, 2 ** (n * len(weights)))


def p_value(scheme, n, total):
    if n == 0 or total == 0:
        return Fraction(1)
    if scheme["kind"] == "gumbel":
        return gumbel_tail(n, total)
    if scheme["kind"] == "green-list":
        return green_tail(n, total, limit_of(scheme["gamma"]))
    return bits_tail(n, total, weights_of(scheme["depth"]))


# Keys and words, from prf.py.


def params_of(scheme, width=4, common_share=0.5, account_share=0.4, code_length=4096, vocab_size=200_000):
    return {
        "version": 1,
        "tokenizer": {
            "name": "worked-example",
            "vocabSize": vocab_size,
            "fingerprint": hashlib.sha256(b"worked-example").hexdigest(),
        },
        "contextWidth": width,
        "commonShare": common_share,
        "accountShare": account_share,
        "codeLength": code_length,
        "scheme": scheme,
    }


class Key:
    """A secret with parameters. Their numbers are short, so Python writes them as RFC 8785 does."""

    def __init__(self, params, secret=bytes(range(32))):
        self.params = params
        self.secret = secret
        self.canonical = json.dumps(params, sort_keys=True, separators=(",", ":"))
        self.fingerprint = hashlib.sha256(self.canonical.encode()).digest()
        material = secret + self.fingerprint
        self.scheme_key = prf.derive_key(prf.SCHEME_KEY_CONTEXT, material)
        self.account_key = prf.derive_key(prf.ACCOUNT_KEY_CONTEXT, material)
        self.key_id = prf.derive_key(prf.KEY_ID_CONTEXT, material, 16)
        self.limits = slot_limits(params["commonShare"], params["accountShare"])

    def block(self, context, index):
        data = struct.pack(f"<{len(context)}I", *context)
        return prf.output_block(prf.root_parameters(prf.key_words(self.scheme_key), data, prf.KEYED_HASH), index)

    def code(self, account_id):
        length = self.params["codeLength"]
        data = prf.keyed_hash(self.account_key, account_id.encode(), (length + 1) // 2)
        return [nibble for byte in data for nibble in (byte & 15, byte >> 4)][:length]

    def named(self):
        return {
            "canonicalParams": self.canonical,
            "secret": self.secret.hex(),
            "fingerprint": self.fingerprint.hex(),
            "keyId": self.key_id.hex(),
        }


# Cases.


def scored_words(words, scheme, comment, **extra):
    return {
        "type": "scores",
        "comment": comment,
        "scheme": scheme,
        **extra,
        "words": list(words),
        "scores": [score(scheme, word) for word in words],
    }


def green(gamma, comment):
    limit = limit_of(gamma)
    words = sorted({0, limit - 1, limit, LARGEST} | set(RANDOM_WORDS[:8]))
    return scored_words(words, {"kind": "green-list", "gamma": gamma, "delta": 2}, comment, greenLimit=limit)


def tournament(depth, comment):
    words = [0, LARGEST, 2 ** (depth - 1), 1, 1 << depth, LARGEST - (1 << depth - 1), *RANDOM_WORDS[:16]]
    return scored_words(words, {"kind": "tournament", "depth": depth}, comment, weights=weights_of(depth))


def slots(common_share, account_share, comment):
    limits = slot_limits(common_share, account_share)
    edges = {word for limit in limits for word in (limit - 1, limit) if 0 <= word <= LARGEST}
    words = sorted(edges | {0, 2**31, LARGEST})
    return {
        "type": "slots",
        "comment": comment,
        "commonShare": common_share,
        "accountShare": account_share,
        "commonLimit": limits[0],
        "accountLimit": limits[1],
        "words": words,
        "slots": [slot_of(word, limits) for word in words],
    }


def mark(key, account_id, context, token_id, comment):
    """Which word marks a token in a context for an account."""
    slot_word, position_word = key.block(context, 0)[:2]
    slot = slot_of(slot_word, key.limits)
    position = position_word % key.params["codeLength"]
    symbol = {"common": 0, "account": key.code(account_id)[position], "free": None}[slot]
    return {
        "type": "mark",
        "comment": comment,
        **key.named(),
        "accountId": account_id,
        "context": list(context),
        "tokenId": token_id,
        "slotWord": slot_word,
        "slot": slot,
        "codePosition": position,
        "symbol": symbol,
        "word": None if symbol is None else key.block(context, 1 + token_id)[symbol],
    }


def context_of_slot(key, wanted):
    """The first context i, i + 1, … in a slot."""
    width = key.params["contextWidth"]
    contexts = (tuple(range(first, first + width)) for first in range(1000))
    return next(c for c in contexts if slot_of(key.block(c, 0)[0], key.limits) == wanted)


def document(key, token_ids, comment):
    """What a detector finds in a document."""
    width = key.params["contextWidth"]
    scheme = key.params["scheme"]
    seen = set()
    statuses, words = [], []
    for position, token_id in enumerate(token_ids):
        context = tuple(token_ids[position - width : position]) if position >= width else None
        if context is None:
            statuses.append("without-context")
        elif slot_of(key.block(context, 0)[0], key.limits) != "common":
            statuses.append("other-slot")
        elif (context, token_id) in seen:
            statuses.append("duplicate")
        else:
            seen.add((context, token_id))
            statuses.append("scored")
            words.append(key.block(context, 1 + token_id)[0])
    scores = [score(scheme, word) for word in words]
    return {
        "type": "document",
        "comment": comment,
        **key.named(),
        "tokenIds": list(token_ids),
        "statuses": statuses,
        "words": words,
        "scores": scores,
        "sum": sum(scores),
        "log10PValue": log10_text(p_value(scheme, len(scores), sum(scores))),
    }


def plain_ids(count, vocab_size=200_000):
    """Token ids that know nothing of any key."""
    return [(48271 * i * i + 7919 * i + 31) % vocab_size for i in range(count)]


def marked_ids(key, count):
    """The best scoring of eight tokens at each place whose context is in a common slot, the smallest id of equals."""
    width = key.params["contextWidth"]
    scheme = key.params["scheme"]
    ids = plain_ids(width)
    while len(ids) < count:
        context = tuple(ids[-width:])
        offers = [(len(ids) * 1009 + 131 * i) % key.params["tokenizer"]["vocabSize"] for i in range(8)]
        if slot_of(key.block(context, 0)[0], key.limits) != "common":
            ids.append(offers[0])
        else:
            ids.append(max(sorted(offers), key=lambda v: score(scheme, key.block(context, 1 + v)[0])))
    return ids


GUMBEL = {"kind": "gumbel"}
GREEN = {"kind": "green-list", "gamma": 0.25, "delta": 2}
SHALLOW = {"kind": "tournament", "depth": 5}
DEEP = {"kind": "tournament", "depth": 30}

default_key = Key(params_of(GUMBEL))
green_key = Key(params_of(GREEN, width=2, common_share=0.75, account_share=0.25))
deep_key = Key(params_of(DEEP))
shallow_key = Key(params_of(SHALLOW, 1, 1, 0), bytes(range(32, 64)))
account_key = Key(params_of(GUMBEL, 3, 0, 1, 1))
assert default_key.canonical == prf.PARAMS and default_key.key_id == prf.KEY_ID

common = context_of_slot(default_key, "common")
account = context_of_slot(default_key, "account")
free = context_of_slot(default_key, "free")
line = plain_ids(24)

# Section 3 of the specification works out this word.
example_word = default_key.block(prf.EXAMPLE, 1 + 55)[0]
example_ids = [11, 22, 33, 44, 55, 66, 77, 11, 22, 33, 44, 55, 66, 88]

cases = [
    scored_words([example_word], GUMBEL, "worked example: one word, gumbel"),
    scored_words([example_word], GREEN, "worked example: one word, green-list", greenLimit=limit_of(0.25)),
    scored_words([example_word], SHALLOW, "worked example: one word, tournament", weights=weights_of(5)),
    document(default_key, example_ids, "worked example: a document that begins again"),
    scored_words([0, 1, 2], GUMBEL, "the smallest words: all below 4,096 score 0"),
    scored_words([4095, 4096, 4097, 8191, 8192], GUMBEL, "where the score becomes 1 and 2"),
    scored_words([2**31 - 1, 2**31, 2**31 + 1], GUMBEL, "about ln 2"),
    scored_words([LARGEST - 2, LARGEST - 1, LARGEST], GUMBEL, "the largest words"),
    scored_words(NEAREST, GUMBEL, "the words of all 2^32 that are hardest to round"),
    scored_words(RANDOM_WORDS, GUMBEL, "random words"),
    green(0.25, "an exact quarter"),
    green(0.1, "a double slightly above one tenth"),
    green(1 / 3, "a double slightly below one third"),
    green(2**-32, "the smallest list: the word 0 alone"),
    green(1 - 2**-53, "the largest gamma: one word is not green"),
    tournament(1, "a single layer has weight 1"),
    tournament(2, "two layers, and bits above them that do not count"),
    tournament(5, "five layers"),
    tournament(30, "thirty layers: bits 30 and 31 do not count"),
    slots(0.5, 0.4, "the defaults"),
    slots(1, 0, "all common"),
    slots(0, 1, "all account"),
    slots(0.1, 0.2, "shares whose sum is rounded up"),
    slots(0.7, 0.1, "shares whose sum is rounded down"),
    slots(0.3, 0, "no account slots"),
    mark(default_key, "account-1", (11, 22, 33, 44), 55, "a common slot: every account has symbol 0"),
    mark(default_key, "account-1", account, 55, "an account slot"),
    mark(default_key, "account-2", account, 55, "the same for another account"),
    mark(default_key, "account-1", free, 55, "a free slot"),
    mark(account_key, "compte-é-東京", (1, 2, 3), 199_999, "a code of one symbol"),
    document(default_key, [11, 22, 33, 44, 55], "one full context"),
    document(default_key, [11, 22, 33, 44], "no token has a full context"),
    document(default_key, plain_ids(60), "unmarked, gumbel"),
    document(default_key, line + line + line, "unmarked, gumbel: three times the same line"),
    document(default_key, marked_ids(default_key, 60), "marked, gumbel"),
    document(green_key, plain_ids(60), "unmarked, green-list of width 2"),
    document(green_key, marked_ids(green_key, 60), "marked, green-list of width 2"),
    document(deep_key, plain_ids(24), "unmarked, tournament of 30 layers"),
    document(deep_key, marked_ids(deep_key, 24), "marked, tournament of 30 layers"),
    document(shallow_key, [7, 7, 7, 8, 7, 7, 8, 8, 7, 9], "tournament of 5 layers, width 1, all slots common: few tuples"),
    document(account_key, plain_ids(10), "no common slots: nothing is scored"),
]

if __name__ == "__main__":
    prf.write_vectors(
        "spec-scheme.json",
        "Countermark version 1, slots, scores and statistics",
        "docs/spec.md sections 1, 2, 4 and 6",
        "gen/scheme.py, exact arithmetic, standard library only, seed 1",
        cases,
    )
