"""Writes stats-exponential-sum-tail.json: P(sum of w_i E_i <= s) for distinct weights, by the hypoexponential closed form.

Python 3.11, no packages, no randomness; run: python3 exponential_sum_tail.py, then biome check --write on the result.
1 - sum_i exp(-s / w_i) prod_(j != i) w_i / (w_i - w_j), products as fractions, exponentials with 200 digits.
"""

import json
from decimal import Decimal, getcontext
from fractions import Fraction
from pathlib import Path

getcontext().prec = 200


def decimal(value):
    return Decimal(value.numerator) / Decimal(value.denominator)


def tail(weights, total):
    result = Decimal(1)
    for i, own in enumerate(weights):
        factor = Fraction(1)
        for j, other in enumerate(weights):
            if j != i:
                factor *= own / (own - other)
        result -= decimal(factor) * (-decimal(total / own)).exp()
    return result


cases = []
for weights in ([1], [0.5, 2], [0.25, 1, 3], [0.125, 0.5, 1, 4, 9, 19], [k / 8 for k in range(1, 25)], [0.0625, *range(1, 20), 99]):
    exact = [Fraction(w) for w in weights]
    for share in (Fraction(1, 64), Fraction(1, 16), Fraction(1, 4), Fraction(1, 2), Fraction(7, 8), Fraction(1), Fraction(3, 2)):
        total = Fraction(float(sum(exact) * share))
        cases.append({"weights": weights, "sum": float(total), "log10": float(tail(exact, total).log10())})

path = Path(__file__).parent.parent / "stats-exponential-sum-tail.json"
path.write_text(json.dumps(cases, indent=1) + "\n")
