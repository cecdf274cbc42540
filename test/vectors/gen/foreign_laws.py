"""Known answers for the null laws of foreign marks: stats-biased-bits-tail, stats-drawn-lists-tail, stats-gamma-sum-tail.

Python 3.11, standard library, and mpmath 1.3.0. No randomness. Run: python3 foreign_laws.py

Biased bits: exact integer polynomials; next to the maximum their truncated products; elsewhere the inversion integral in 60
digits. Drawn lists: the least quotient over every t by its definition, in rational numbers, or in 80 digits. Gamma sums: the
partial fractions of the transform, each a plain gamma tail, in as many digits as they cancel; for many tuples the inversion
integral in 60 digits. None of them uses a mixture, a recurrence in t or a saddle-point form.
"""

import math
from decimal import Decimal
from fractions import Fraction

import mpmath
from stats import LN10, ONE, dec, ln_factorial, log10_of, log10_of_complement, text, write

GENERATOR = "test/vectors/gen/foreign_laws.py"


# --- biased bits --------------------------------------------------------------------------------------------------------


def biased_counts(weights, n, ones, of):
    """Ways of each sum out of of^(n m), from the product of (zeros + ones x^w)^n packed into one integer."""
    slot = (n * len(weights) * of.bit_length()) // 8 + 1
    packed = 1
    for w in weights:
        for _ in range(n):
            packed = (of - ones) * packed + ((ones * packed) << (8 * slot * w))
    top = n * sum(weights)
    data = packed.to_bytes(slot * (top + 1), "little")
    return [int.from_bytes(data[i * slot : (i + 1) * slot], "little") for i in range(top + 1)]


def share_log10(part, whole):
    if part == 0:
        return Decimal("-Infinity")
    if 2 * part <= whole:
        return Decimal(part).log10() - Decimal(whole).log10()
    return log10_of_complement(dec(Fraction(whole - part, whole)))


def near_top_log10(weights, n, ones, of, deficit):
    """Σ over c ≤ deficit of P(C = c), as rational odds: Π (1 + (zeros/ones) x^w)^n times (ones/of)^(n m)."""
    odds = Fraction(of - ones, ones)
    counts = [Fraction(1)] + [Fraction(0)] * deficit
    for w in weights:
        fresh = [Fraction(0)] * (deficit + 1)
        for k in range(0, min(n, deficit // w) + 1):
            ways = math.comb(n, k) * odds**k
            for j in range(w * k, deficit + 1):
                fresh[j] += ways * counts[j - w * k]
        counts = fresh
    return dec(sum(counts)).log10() + n * len(weights) * dec(Fraction(ones, of)).log10()


def biased_contour_log10(weights, n, ones, of, s):
    """The inversion integral in 60 digits on a line near the saddle, on the side away from the mean."""
    mpmath.mp.dps = 60
    p = mpmath.mpf(ones) / of
    mean = n * sum(weights) * Fraction(ones, of)
    upper = s > mean
    if not upper:
        # P(S < s) is the tail of n W - S, whose bits have the other probability.
        s, p = n * sum(weights) - s + 1, 1 - p
    counts = {w: n * weights.count(w) for w in set(weights)}

    def one(w, sigma):
        return p / (p + (1 - p) * mpmath.exp(-w * sigma))

    low, high = mpmath.mpf(0), mpmath.mpf(2)
    for _ in range(200):
        sigma = (low + high) / 2
        if sum(c * w * one(w, sigma) for w, c in counts.items()) < s:
            low = sigma
        else:
            high = sigma
    spread = mpmath.sqrt(sum(c * w * w * one(w, sigma) * (1 - one(w, sigma)) for w, c in counts.items()))
    sigma = max(sigma, 3 / spread)
    nodes = int(40 * spread)

    def exponent(z):
        return sum(c * mpmath.log(1 - p + p * mpmath.exp(w * z)) for w, c in counts.items()) - z * s

    base = exponent(sigma)
    total, j = mpmath.mpf(0), 0
    while True:
        z = mpmath.mpc(sigma, 2 * mpmath.pi * j / nodes)
        term = mpmath.exp(exponent(z) - base) / (1 - mpmath.exp(-z))
        total += term.real * (1 if j == 0 else 2)
        if abs(term) < mpmath.mpf("1e-35") * total:
            break
        j += 1
    ln_tail = Decimal(mpmath.nstr(base + mpmath.log(total / nodes), 45))
    return log10_of(ln_tail) if upper else log10_of_complement(ln_tail.exp())


def biased_bits_tests():
    cases = []

    def add(comment, weights, n, ones, of, s, value):
        row = {"comment": comment, "weights": list(weights), "n": n, "ones": ones, "of": of, "sum": s}
        cases.append({**row, "log10PValue": text(value)})

    def exact(comment, weights, n, ones, of, sums):
        counts = biased_counts(weights, n, ones, of)
        top = len(counts) - 1
        for s in sums(top):
            value = Decimal(0) if s <= 0 else share_log10(sum(counts[s:]) if s <= top else 0, of ** (n * len(weights)))
            add(comment, weights, n, ones, of, s, value)

    exact("no tuples: the sum is 0", [2, 1], 0, 1, 3, lambda top: [-1, 0, 1])
    exact("one bit", [1], 1, 1, 3, lambda top: [-1, 0, 1, 2])
    exact("one rare bit, one nearly certain", [7], 1, 1, 1024, lambda top: [1, 6, 7, 8])
    exact("one nearly certain bit", [7], 1, 1023, 1024, lambda top: [1, 6, 7, 8])
    exact("a weight of 0 carries nothing", [0, 3, 0, 2], 4, 2, 5, lambda top: [1, 8, 9, 10, 19, 20])
    exact("span 10, sums off the lattice", [10, 20, 30], 12, 3, 4, lambda top: [1, 355, 361, 539, 540, 541, 719, 720])
    linear = list(range(30, 0, -1))
    scheme = [290 - 9 * layer for layer in range(30)]
    for ones, of in ((1, 4), (31, 64), (15, 16), (1, 100)):
        exact(
            "depth 30, weights 30 to 1",
            linear,
            8,
            ones,
            of,
            lambda top: [1, 30, top * ones // of - 200, top * ones // of, top * ones // of + 1, top * ones // of + 250, 3000, top - 31, top - 1, top, top + 1],
        )
    exact("wide weights", [997, 613, 401, 256, 101, 37], 6, 7, 10, lambda top: [3000, 9000, 10101, 10102, 11000, 12500, top - 38, top - 1])
    exact("nearly a coarser lattice", [300] * 9 + [1], 4, 1, 3, lambda top: [900, 3600, 3601, 3604, 5401, 9001])
    for n in (2000, 10**6):
        for ones, of in ((2, 5), (32693, 65536)):
            for deficit in (0, 1, 2, 30, 100):
                add("next to the maximum", linear, n, ones, of, n * sum(linear) - deficit, near_top_log10(linear, n, ones, of, deficit))
    ln_few = near_top_log10([3, 2, 1], 200, 3, 5, 8) * LN10
    add("next to the minimum: p within 1e-200 of 1", [3, 2, 1], 200, 2, 5, 9, log10_of_complement(ln_few.exp()))
    for weights, sizes, ones, of in (
        (scheme, (250, 10**6), 32693, 65536),
        (scheme, (250, 10**5), 1, 4),
        (linear, (1000, 10**8, 10**9), 524287, 2**20),
        (linear, (1000, 10**9), 3, 10),
        (linear, (1000, 10**6), 19, 20),
        (linear, (10**4, 10**8), 1, 1000),
    ):
        q = ones / of
        for n in sizes:
            mean, sd = n * sum(weights) * q, math.sqrt(n * sum(w * w for w in weights) * q * (1 - q))
            for distance in (-6, 0, 0.2, 4, 38, 120):
                s = math.ceil(mean + distance * sd)
                if 0 < s < n * sum(weights):
                    add(f"{distance} sd from the mean", weights, n, ones, of, s, biased_contour_log10(weights, n, ones, of, s))
    return cases


# --- drawn lists --------------------------------------------------------------------------------------------------------


def drawn_lists_log10(listed, vocab, n, s):
    """The least of E(B - t)+ / (s - t) over integers t < s, B ~ Bin(n, listed / vocab)."""
    if s <= 0 or s * vocab <= n * listed:
        return Decimal(0)
    if s > n:
        return Decimal("-Infinity")
    rest = vocab - listed
    if n <= 300:
        points = [math.comb(n, k) * listed**k * rest ** (n - k) for k in range(n + 1)]
        best = min(
            Fraction(sum((k - t) * points[k] for k in range(t + 1, n + 1)), s - t) for t in range(max(0, s - 120), s)
        )
        ratio = best / vocab**n
        return log10_of_complement(dec(1 - ratio)) if 2 * ratio > 1 else dec(ratio).log10()
    # In units of P(B = s): every t within 14 standard deviations below s, from sums of p_k and of k p_k over k > t.
    q = Fraction(listed, vocab)
    sd = math.isqrt(int(n * q * (1 - q))) + 1
    low, high = max(0, s - 14 * sd), min(n, s + 40 * sd)
    odds = dec(Fraction(listed, rest))
    point, beyond, first = ONE, Decimal(0), Decimal(0)
    for k in range(s, high + 1):
        beyond += point
        first += k * point
        point *= odds * (n - k) / (k + 1)
    point, best = ONE, None
    for t in range(s - 1, low - 1, -1):
        value = (first - t * beyond) / (s - t)
        best = value if best is None else min(best, value)
        point *= (t + 1) / (odds * (n - t))
        beyond += point
        first += t * point
    ln_point = ln_factorial(n) - ln_factorial(s) - ln_factorial(n - s)
    ln_point += s * dec(q).ln() + (n - s) * dec(1 - q).ln()
    return log10_of(ln_point + best.ln())


def drawn_lists_tests():
    cases = []

    def add(comment, listed, vocab, n, s):
        value = drawn_lists_log10(listed, vocab, n, s)
        cases.append({"comment": comment, "listed": listed, "vocabSize": vocab, "n": n, "count": s, "log10PValue": text(value)})

    for s in (-1, 0, 1):
        add("no tuples: the count is 0", 1, 4, 0, s)
    for s in (0, 1, 2):
        add("one tuple", 1, 3, 1, s)
    for listed, vocab in ((1, 2), (12564, 50257), (1, 32000), (31999, 32000)):
        mean = 40 * listed // vocab
        for s in sorted({1, 2, mean, mean + 1, mean + 3, (mean + 40) // 2, 38, 39, 40, 41}):
            add("every kind of count of 40", listed, vocab, 40, s)
    for listed, vocab in ((8042, 32168), (16084, 32168)):
        mean = 200 * listed // vocab
        for s in (mean, mean + 1, mean + 4, mean + 12, mean + 30, 190, 199, 200):
            add("200 tuples", listed, vocab, 200, s)
    for n in (1000, 20000, 10**6):
        for listed, vocab in ((12564, 50257), (32000, 64000), (1520, 152064)):
            q = listed / vocab
            sd = math.sqrt(n * q * (1 - q))
            for distance in (0.5, 2, 5, 12, 40):
                s = math.ceil(n * q + distance * sd)
                add(f"{distance} sd from the mean", listed, vocab, n, s)
    add("p near 1e-100000", 12564, 50257, 10**6, 786000)
    add("p near 1e-100000, the maximum", 16084, 32168, 332193, 332193)
    return cases


# --- gamma sums ---------------------------------------------------------------------------------------------------------


def gamma_tail(shape, x):
    """P(Gamma(shape) >= x) by the finite Poisson sum."""
    term, total = mpmath.mpf(1), mpmath.mpf(0)
    for k in range(shape):
        total += term
        term = term * x / (k + 1)
    return total * mpmath.exp(-x)


def power_series(shift, slope, shape, length):
    """Coefficients of (shift + slope u)^-shape."""
    out = [shift ** (-shape)]
    for m in range(1, length):
        out.append(out[-1] * (-(shape + m - 1)) * slope / (m * shift))
    return out


def partial_fractions_ln(groups, x):
    """Σ_j Σ_l c_jl P(Gamma(l) >= x / w_j) with Π (1 - w z)^-a = Σ c_jl (1 - w_j z)^-l, in digits to spare."""
    digits = 200
    while True:
        mpmath.mp.dps = digits
        total, largest = mpmath.mpf(0), mpmath.mpf(0)
        for j, (weight, shape) in enumerate(groups):
            series = [mpmath.mpf(1)] + [mpmath.mpf(0)] * (shape - 1)
            for i, (other, a) in enumerate(groups):
                if i != j:
                    ratio = mpmath.mpf(other) / mpmath.mpf(weight)
                    factor = power_series(1 - ratio, ratio, a, shape)
                    series = [sum(series[k] * factor[m - k] for k in range(m + 1)) for m in range(shape)] if len(groups) > 2 else factor
            scaled = mpmath.mpf(x) / mpmath.mpf(weight)
            # P(Gamma(l)) for every l, as running Poisson sums.
            term, tail = mpmath.exp(-scaled), mpmath.mpf(0)
            for l in range(1, shape + 1):
                tail += term
                term = term * scaled / l
                part = series[shape - l] * tail
                total += part
                largest = max(largest, abs(part))
        # Digits that cancel between terms, and those that p and 1 have in common.
        if 0 < total < 1 and largest < min(total, 1 - total) * mpmath.mpf(10) ** (digits - 60):
            return total
        digits *= 2


def inverted_ln(groups, x):
    """The inversion integral of the tail on the side away from the mean: its value, and whether that side is the upper one."""
    mpmath.mp.dps = 60
    pairs = [(mpmath.mpf(w), a) for w, a in groups]
    x = mpmath.mpf(x)
    upper = x > sum(w * a for w, a in pairs)
    high = 1 / max(w for w, _ in pairs)
    low = -sum(a for _, a in pairs) / x - 1
    for _ in range(230):
        sigma = (low + high) / 2
        if sum(a * w / (1 - w * sigma) for w, a in pairs) < x:
            low = sigma
        else:
            high = sigma
    spread = mpmath.sqrt(sum(a * (w / (1 - w * sigma)) ** 2 for w, a in pairs))
    if abs(sigma) * spread < 3:
        sigma = (3 if upper else -3) / spread
        if upper:
            sigma = min(sigma, (1 / max(w for w, _ in pairs)) / 2)
    # Aliases are tails a period away, which e^(-σ period) and the law itself make small.
    period = max(40 * spread, 100 / abs(sigma))

    def exponent(z):
        return -sum(a * mpmath.log(1 - w * z) for w, a in pairs) - z * x

    base = exponent(sigma)
    total, j = mpmath.mpf(0), 0
    while True:
        z = mpmath.mpc(sigma, 2 * mpmath.pi * j / period)
        term = mpmath.exp(exponent(z) - base) / z
        total += term.real * (1 if j == 0 else 2)
        if abs(term) < mpmath.mpf("1e-32") * abs(total):
            break
        j += 1
    return base + mpmath.log(abs(total) / period), upper


def gamma_sum_log10(weights, n, x):
    groups = {}
    for w in weights:
        if w > 0:
            groups[w] = groups.get(w, 0) + n
    groups = sorted(groups.items())
    if x <= 0:
        return Decimal(0)
    if n == 0 or not groups:
        return Decimal("-Infinity")
    if n <= 60:
        if len(groups) == 1:
            weight, shape = groups[0]
            mpmath.mp.dps = 400
            p = gamma_tail(shape, mpmath.mpf(x) / mpmath.mpf(weight))
        else:
            p = partial_fractions_ln(groups, x)
        if 2 * p > 1:
            return log10_of_complement(Decimal(mpmath.nstr(1 - p, 50)))
        return Decimal(mpmath.nstr(mpmath.log10(p), 50))
    value, upper = inverted_ln(groups, x)
    ln_tail = Decimal(mpmath.nstr(value, 45))
    return log10_of(ln_tail) if upper else log10_of_complement(ln_tail.exp())


def gamma_sum_tests():
    cases = []

    def add(comment, weights, n, x):
        value = gamma_sum_log10(weights, n, float(x))
        cases.append({"comment": comment, "weights": weights, "n": n, "x": float(x), "log10PValue": text(value)})

    for x in (-1, 0, 5e-324, 1):
        add("no variables: the sum is 0", [0.7, 0.3], 0, x)
    for x in (0, 1):
        add("no weight", [0, 0], 7, x)
    for weights in ([1, 0], [0, 0.25], [0.5, 0.5], [0.3, 0.3, 0.3]):
        for ratio in (0.5, 1, 2, 9):
            add("one weight: a plain gamma tail", weights, 20, ratio * 20 * sum(weights))
    pairs = ([0.9, 0.1], [0.7, 0.3], [0.5, 0.4999999], [0.001, 0.999], [1, 3])
    for weights in pairs:
        for n in (1, 2, 7, 30, 60):
            for ratio in (1e-3, 0.4, 1, 1.02, 1.6, 3, 20):
                add(f"two weights, {ratio} of the mean", weights, n, ratio * n * sum(weights))
    for weights in ([0.7, 0.3], [0.9, 0.1]):
        add("p near 1e-5000", weights, 50, 10600 * max(weights))
        add("p near 1e-100000", weights, 50, 230900 * max(weights))
        add("the complement is near 1e-300", weights, 15, 1e-9)
    for weights in ([1, 0.5, 0.25], [0.2, 0.3, 0.5, 0.3, 0], [1, 0.05, 0.3, 0.9]):
        for n in (1, 5, 25):
            for ratio in (0.3, 1, 1.5, 4, 30):
                add(f"three weights or more, {ratio} of the mean", weights, n, ratio * n * sum(weights))
    for weights in ([0.9, 0.1], [0.7, 0.3], [0.55, 0.45], [0.99, 0.01], [1, 0.5, 0.25]):
        for n in (200, 2000, 10**6) if len(weights) == 2 else (200, 2000):
            sd = math.sqrt(n * sum(w * w for w in weights))
            for distance in (-8, -1, 0, 0.01, 3, 8, 40):
                add(f"{distance} sd from the mean", weights, n, n * sum(weights) + distance * sd)
    for weights in ([0.7, 0.3], [0.6, 0.4]):
        n = 5 * 10**8
        sd = math.sqrt(n * sum(w * w for w in weights))
        for distance in (-8, 0, 3, 38, 690):
            add(f"a thousand million variables, {distance} sd from the mean", weights, n, n * sum(weights) + distance * sd)
    add("p near 1e-100000", [0.7, 0.3], 10**4, 188000)
    add("p near 1e-100000", [0.7, 0.3], 10**6, 1500000)
    return cases


if __name__ == "__main__":
    write(
        "stats-biased-bits-tail.json",
        "weightedBitsTailLog10",
        "exact polynomial products; the inversion integral in 60 digits",
        biased_bits_tests(),
        GENERATOR,
    )
    write(
        "stats-drawn-lists-tail.json",
        "drawnListsTailLog10",
        "the definition of the bound over every t: rational, or 80 digits",
        drawn_lists_tests(),
        GENERATOR,
    )
    write(
        "stats-gamma-sum-tail.json",
        "gammaSumTailLog10",
        "partial fractions in digits to spare; the inversion integral in 60 digits",
        gamma_sum_tests(),
        GENERATOR,
    )
