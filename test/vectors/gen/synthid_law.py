"""Exact tails of SynthID-Text's layers over all of their keys, in fractions: docs/statistics.md section 18.8.

Written from that section and from transformers' documentation alone: every key between the least and the greatest (or every residue) is tried
on every n-gram.   python3 test/vectors/gen/synthid_law.py > test/vectors/synthid-law.json
"""
import json
from fractions import Fraction
from math import log10

MULTIPLIER = 6364136223846793005
SIZE = 2**16
NGRAM = 3


def mersenne_twister(seed):
    state = [seed & 0xFFFFFFFF]
    for i in range(1, 624):
        state.append((1812433253 * (state[-1] ^ (state[-1] >> 30)) + i) & 0xFFFFFFFF)
    while True:
        for i in range(624):
            both = (state[i] & 0x80000000) | (state[(i + 1) % 624] & 0x7FFFFFFF)
            state[i] = state[(i + 397) % 624] ^ (both >> 1) ^ (0x9908B0DF if both & 1 else 0)
        for word in state:
            word ^= word >> 11
            word ^= (word << 7) & 0x9D2C5680
            word ^= (word << 15) & 0xEFC60000
            yield word ^ (word >> 18)


def accumulate(value, items):
    for item in items:
        value = ((value + item) * MULTIPLIER + 1) % 2**64
    return value


def ones(table, hashes, key):
    return sum(table[accumulate(h, [key]) % SIZE] for h in hashes)


def log10_of(fraction):
    scaled = fraction.numerator * 10**400 // fraction.denominator
    digits = str(scaled)
    return log10(int(digits[:18])) + len(digits) - 18 - 400


def tail(table, text, keys):
    depth = len(keys)
    weights = [10 * (depth - 1) - 9 * layer for layer in range(depth)]
    hashes = {}
    for at in range(len(text) - NGRAM + 1):
        value = accumulate(1, text[at : at + NGRAM])
        hashes.setdefault(value % SIZE, value)
    hashes = list(hashes.values())
    least, greatest = min(keys), max(keys)
    blocks = 2**14 - 1
    factor = Fraction(1)
    for i in range(depth):
        factor *= Fraction(blocks + 2, blocks - i)
    if greatest // SIZE - least // SIZE >= 2**14:
        layers = list(range(depth))
        others = range(SIZE)
    else:
        layers = [layer for layer in range(depth) if keys[layer] not in (least, greatest)]
        others = range(least + 1, greatest)
        for i in range(len(layers)):
            factor /= 1 - Fraction(i, len(others))
    values = {}
    for other in others:
        count = ones(table, hashes, other)
        values[count] = values.get(count, 0) + 1
    ways = {0: 1}
    own = 0
    for layer in layers:
        own += weights[layer] * ones(table, hashes, keys[layer])
        after = {}
        for total, count in ways.items():
            for value, often in values.items():
                at = total + weights[layer] * value
                after[at] = after.get(at, 0) + count * often
        ways = after
    probability = Fraction(sum(c for t, c in ways.items() if t >= own), len(others) ** len(layers))
    return len(hashes), min(0.0, log10_of(probability * factor))


def marked(table, keys):
    """A text that the keys chose: the best of twelve tokens at each step."""
    text = [11, 12]
    for step in range(20):
        def score(token):
            value = accumulate(1, text[-2:] + [token])
            return sum((10 * (len(keys) - 1) - 9 * l) * ones(table, [value], k) for l, k in enumerate(keys))
        text.append(max((token for token in range(40 * step, 40 * step + 12)), key=score))
    return text


def main():
    twister = mersenne_twister(0)
    table = [next(twister) & 1 for _ in range(SIZE)]
    texts = {
        "counted up": [719 * i for i in range(14)],
        "repeating": [3, 1, 4, 1, 5] * 6,
    }
    keysets = {
        "far apart": [8314793246219823411, -4218713246219823417, 6214793246219823913, 77],
        "below 1,000": [654, 400, 836, 123, 340],
        "negative, close": [-70000, 90000, -123, 4567, 77777],
    }
    cases = []
    for name in ["marked", *texts]:
        for keys_name, keys in keysets.items():
            text = marked(table, keys) if name == "marked" else texts[name]
            scored, log10_p = tail(table, text, keys)
            cases.append(
                {
                    "text": name,
                    "keys_are": keys_name,
                    "token_ids": text,
                    "keys": [str(key) for key in keys],
                    "scored": scored,
                    "log10_p": log10_p,
                }
            )
    print(json.dumps({"ngram_len": NGRAM, "cases": cases}))


main()
