"""Known answers for the exact tails and the corrections for several tests: stats-*.json.

Python 3.11, standard library, and mpmath 1.3.0 for one oracle. No randomness. Run: python3 stats.py

Inputs are exact: a double is taken as the rational number it is. Where the answer is a rational number of moderate size it
is computed as one and rounded once. Elsewhere sums of positive terms are carried in 80 decimal digits, from a point
probability through ln n! (Stirling's series with its Bernoulli numbers, DLMF 5.11.1), and cut where the rest is below
1e-40 of the sum. None of these uses a continued fraction, a saddle point or a deviance.
"""

import json
import math
from decimal import MAX_EMAX, MIN_EMIN, Decimal, getcontext
from fractions import Fraction
from pathlib import Path

import mpmath

getcontext().prec = 80
getcontext().Emax = MAX_EMAX
getcontext().Emin = MIN_EMIN

HERE = Path(__file__).resolve().parent.parent
ONE = Decimal(1)
LN10 = Decimal(10).ln()
TWO32 = 2**32
CUT = Decimal(10) ** -45


def pi_digits():
    """Machin: pi = 16 arctan(1/5) - 4 arctan(1/239), in integers."""
    unit = 10**100

    def arctan_inverse(q):
        total, term, k = 0, unit // q, 1
        while term:
            total += term // k if k % 4 == 1 else -(term // k)
            term //= q * q
            k += 2
        return total

    return Decimal(16 * arctan_inverse(5) - 4 * arctan_inverse(239)) / unit


PI = pi_digits()


def bernoulli(count):
    b = [Fraction(1)]
    for m in range(1, count + 1):
        b.append(-sum(math.comb(m + 1, k) * b[k] for k in range(m)) / (m + 1))
    return b


BERNOULLI = bernoulli(40)


def dec(value):
    """A Fraction, an int or a double as a Decimal (doubles and ints exactly)."""
    if isinstance(value, Fraction):
        return Decimal(value.numerator) / Decimal(value.denominator)
    return Decimal(value)


def ln_factorial(n):
    if n < 300:
        return Decimal(math.factorial(n)).ln()
    x = Decimal(n)
    total = (x + Decimal("0.5")) * x.ln() - x + (2 * PI).ln() / 2
    for k in range(1, 20):
        total += dec(BERNOULLI[2 * k]) / (2 * k * (2 * k - 1)) / x ** (2 * k - 1)
    return total


def log10_of(ln_p):
    return ln_p / LN10


def log10_of_complement(c):
    """log10(1 - c) for 0 <= c < 1, to full relative precision."""
    if c > Decimal("1e-3"):
        return (1 - c).log10()
    total, term, k = Decimal(0), c, 1
    while c and term > CUT * c:
        total -= term / k
        term *= c
        k += 1
    return total / LN10


def text(value):
    if value == 0:
        return "0"
    if value.is_infinite():
        return "-Infinity"
    getcontext().prec = 25
    rounded = +value
    getcontext().prec = 80
    return format(rounded, "e")


# --- gamma --------------------------------------------------------------------------------------------------------------


def gamma_log10(n, x):
    """log10 of e^-x times the sum of x^k / k! over k < n, or of one minus the rest of that series."""
    if x <= 0:
        return Decimal(0)
    if n == 0:
        return Decimal("-Infinity")
    xd = Decimal(x)
    if n <= 200 and x >= n:
        xr, term, total = Fraction(x), Fraction(1), Fraction(0)
        for k in range(n):
            total += term
            term = term * xr / (k + 1)
        return log10_of(dec(total).ln() - xd)
    if x >= n:
        ln_top = (n - 1) * xd.ln() - xd - ln_factorial(n - 1)
        total, term, k = Decimal(0), ONE, n - 1
        while k >= 0 and (term > CUT * total or total == 0):
            total += term
            term = term * k / xd
            k -= 1
        return log10_of(ln_top + total.ln())
    ln_first = n * xd.ln() - xd - ln_factorial(n)
    total, term, k = Decimal(0), ONE, n
    while total == 0 or term > CUT * total:
        total += term
        k += 1
        term = term * xd / k
    return log10_of_complement((ln_first + total.ln()).exp())


def gamma_tests():
    cases = []

    def add(comment, n, x):
        cases.append({"comment": comment, "n": n, "x": float(x), "log10PValue": text(gamma_log10(n, float(x)))})

    for x in (-1, 0, 5e-324, 1):
        add("no exponentials: the sum is 0", 0, x)
    for x in (-1, -1e-300):
        add("a sum below 0", 7, x)
    for x in (0, 1e-300, 1e-20, 1e-9, 0.5, 1, 2.5, 37, 745, 11500, 230258.5):
        add("one exponential: -x log10 e", 1, x)
    for n in (2, 3, 5, 14, 15, 16, 17, 50, 200):
        for ratio in (0.02, 0.6, 1, 1.04, 1.7, 8):
            add(f"{ratio} of the mean", n, n * ratio)
    for n in (1000, 10000, 100000, 1000000):
        sd = math.sqrt(n)
        add("9 sd below the mean: p within 1e-15 of 1", n, n - 9 * sd)
        add("1 sd below", n, n - sd)
        add("just below", n, n - 0.25)
        add("at the mean", n, n)
        add("just above", n, n + 0.25)
        add("2.3 sd above", n, n + 2.3 * sd)
        add("7 sd above", n, n + 7 * sd)
        add("p < 1e-300", n, n + 45 * sd)
    add("the complement is far below 1e-15", 10, 1e-6)
    add("the complement is near 1e-300", 30, 1e-9)
    add("the complement is below the smallest double: p rounds to 1", 100, 1e-9)
    add("p near 1e-5000", 300, 13900)
    add("p near 1e-5000", 20000, 49000)
    add("p near 1e-100000", 2, 230280)
    add("p near 1e-100000", 10000, 271000)
    add("p near 1e-100000", 1000000, 1853000)
    for n, s in ((1, 1), (50, 60 * 2**20 + 1), (250, 262144001), (250, 409599999), (2000, 2**31 + 1), (10**6, 2**40 + 2**33 + 1)):
        add("an integer sum in units of 2^-20", n, s / 2**20)
    for n in (250, 10**9):
        add("the largest sum that is a safe integer, in units of 2^-20", n, (2**53 - 1) / 2**20)
    for n in (10**8, 10**9):
        sd = math.sqrt(n)
        for distance in (-8, -0.5, 0, 0.01, 3, 38, 690):
            add(f"{distance} sd from the mean", n, n + distance * sd)
    return cases


# --- binomial -----------------------------------------------------------------------------------------------------------


def binomial_far_ln(n, k, a):
    """ln P(Bin(n, a / 2^32) >= k) by falling terms from k upwards; k above or next to the mean."""
    b = TWO32 - a
    ln_top = ln_factorial(n) - ln_factorial(k) - ln_factorial(n - k)
    ln_top += k * Decimal(a).ln() + (n - k) * Decimal(b).ln() - n * Decimal(TWO32).ln()
    odds = Decimal(a) / Decimal(b)
    total, term, j = Decimal(0), ONE, k
    while j <= n and (total == 0 or term > CUT * total):
        total += term
        term = term * (n - j) / (j + 1) * odds
        j += 1
    return ln_top + total.ln()


def binomial_log10(n, k, a):
    if k <= 0:
        return Decimal(0)
    if k > n:
        return Decimal("-Infinity")
    b = TWO32 - a
    if n <= 1000:
        upper = sum(math.comb(n, j) * a**j * b ** (n - j) for j in range(k, n + 1))
        whole = TWO32**n
        if 2 * upper <= whole:
            return dec(Fraction(upper, whole)).log10()
        return log10_of_complement(dec(Fraction(whole - upper, whole)))
    if k * TWO32 > n * a:
        return log10_of(binomial_far_ln(n, k, a))
    return log10_of_complement(binomial_far_ln(n, n - k + 1, b).exp())


def binomial_tests():
    cases = []

    def add(comment, n, k, a):
        cases.append({"comment": comment, "n": n, "k": k, "numerator": a, "log10PValue": text(binomial_log10(n, k, a))})

    half, quarter = 2**31, 2**30
    for k in (-1, 0, 1):
        add("no trials: the count is 0", 0, k, half)
    add("k = 0", 10, 0, half)
    add("k < 0", 10, -3, half)
    add("k > n: p = 0", 10, 11, half)
    for a in (1, half, TWO32 - 1):
        add("one trial", 1, 1, a)
    for a in (1, 12345, quarter, half, 3 * quarter, TWO32 - 12345, TWO32 - 1):
        for k in (1, 2, 13, 25, 26, 49, 50):
            add("every k from the bottom to k = n", 50, k, a)
    for a in (429496729, half):
        mean = 1000 * a // TWO32
        for k in (1, mean // 2, mean - 5, mean, mean + 1, mean + 30, 3 * mean // 2, 999, 1000):
            add("exact rational", 1000, k, a)
    add("p within 1e-15 of 1", 1000, 380, half)
    add("k = n, q close to 1", 1000, 1000, TWO32 - 1)
    for n in (10**5, 10**6, 10**8, 10**9):
        for a in (quarter, half, 3 * quarter + 1):
            mean, sd = n * a // TWO32, math.sqrt(n * a / TWO32 * (1 - a / TWO32))
            for distance in (-9, -0.7, 0, 0.01, 2.5, 39):
                k = mean + math.ceil(distance * sd) + 1
                add(f"{distance} sd from the mean", n, k, a)
    add("k = n, q close to 1", 10**9, 10**9, TWO32 - 1)
    add("k = n - 1, q close to 1", 10**9, 10**9 - 1, TWO32 - 1)
    for k in (0, 1, 10**6 - 1, 10**6, 10**6 + 1):
        add("a million trials, the ends of the support", 10**6, k, quarter)
    add("p just below 1e-300", 10**6, 268780, quarter)
    add("rare successes", 10**9, 1, 1)
    add("rare successes", 10**9, 9, 1)
    add("p near 1e-5000", 10**5, 62000 + 13000, half)
    add("p near 1e-5000", 30000, 20000, quarter)
    add("p near 1e-100000", 10**6, 786000, quarter)
    add("p near 1e-100000", 332193, 332193, half)
    add("p near 1e-100000", 10**9, 500000000 + 10700000, half)
    return cases


# --- weighted bits ------------------------------------------------------------------------------------------------------


def bits_counts(weights, n):
    """The number of outcomes of each deficit, from the product of (1 + x^w)^n packed into one integer."""
    slot = (n * len(weights)) // 8 + 1
    packed = 1
    for w in weights:
        for _ in range(n):
            packed += packed << (8 * slot * w)
    top = n * sum(weights)
    data = packed.to_bytes(slot * (top + 1), "little")
    return [int.from_bytes(data[i * slot : (i + 1) * slot], "little") for i in range(top + 1)]


def tail_of_counts(below, bits):
    """log10 P from the number of outcomes at or above the threshold, out of 2^bits."""
    whole = 2**bits
    if 2 * below <= whole:
        return Decimal(below).log10() - bits * Decimal(2).log10() if below else Decimal("-Infinity")
    return log10_of_complement(Decimal(whole - below) / Decimal(whole))


def near_top_log10(weights, n, deficit):
    """Exact counts of small deficits, from the truncated product of (1 + x^w)^n."""
    counts = [1] + [0] * deficit
    for w in weights:
        fresh = [0] * (deficit + 1)
        for k in range(0, min(n, deficit // w) + 1):
            ways = math.comb(n, k)
            for j in range(w * k, deficit + 1):
                fresh[j] += ways * counts[j - w * k]
        counts = fresh
    return Decimal(sum(counts)).log10() - n * len(weights) * Decimal(2).log10()


def fair_points(trials, low, high):
    """P(Bin(trials, 1/2) = y) for y in low .. high."""
    start = ln_factorial(trials) - ln_factorial(low) - ln_factorial(trials - low) - trials * Decimal(2).ln()
    points = [start.exp()]
    for y in range(low, high):
        points.append(points[-1] * (trials - y) / (y + 1))
    return points


def two_weights_log10(w1, m1, w2, m2, n, s):
    """S = w1 Bin(n m1, 1/2) + w2 Bin(n m2, 1/2): the sum over the first count of its probability times the second's tail."""
    n1, n2 = n * m1, n * m2
    total_weight = n1 * w1 + n2 * w2
    if 2 * s <= total_weight:
        return log10_of_complement((two_weights_log10(w1, m1, w2, m2, n, total_weight - s + 1) * LN10).exp())

    def tilted(sigma):
        return n1 / (1 + math.exp(-w1 * sigma)), n2 / (1 + math.exp(-w2 * sigma))

    lo, hi = 0.0, 50.0
    for _ in range(200):
        mid = (lo + hi) / 2
        x, y = tilted(mid)
        if x * w1 + y * w2 < s:
            lo = mid
        else:
            hi = mid
    x, y = tilted(lo)
    sd1 = math.sqrt(x * (1 - x / n1)) + 1
    sd2 = math.sqrt(y * (1 - y / n2)) + 1
    low1, high1 = max(0, int(x - 16 * sd1)), min(n1, int(x + 16 * sd1))
    low2 = max(0, -(-(s - w1 * high1) // w2))
    high2 = min(n2, max(-(-(s - w1 * low1) // w2), int(y)) + int(16 * sd2))
    low2, high2 = max(low2, int(y - 40 * sd2), 0), min(high2, int(y + 40 * sd2))
    getcontext().prec = 60
    points = fair_points(n2, low2, high2)
    tails = [Decimal(0)] * (len(points) + 1)
    for i in range(len(points) - 1, -1, -1):
        tails[i] = tails[i + 1] + points[i]
    total = Decimal(0)
    for x, point in zip(range(low1, high1 + 1), fair_points(n1, low1, high1)):
        index = -(-(s - w1 * x) // w2) - low2
        if index < len(tails):
            total += point * tails[max(index, 0)]
    getcontext().prec = 80
    return total.log10()


def contour_log10(weights, n, s):
    """The inversion integral itself in 60 digits, at the exact saddle, one peak, points down to 1e-35."""
    mpmath.mp.dps = 60
    sign = 2 * s > n * sum(weights)
    if not sign:
        s = n * sum(weights) - s + 1
    counts = {w: n * weights.count(w) for w in set(weights)}

    def slope(sigma):
        return sum(c * w / (1 + mpmath.exp(-w * sigma)) for w, c in counts.items()) - s

    def curvature(sigma):
        return sum(c * w * w / (2 + 2 * mpmath.cosh(w * sigma)) for w, c in counts.items())

    # The slope is concave for sigma > 0, so Newton's method from 0 climbs to the root without passing it.
    sigma, step = mpmath.mpf(0), mpmath.mpf(1)
    while abs(step) > mpmath.mpf("1e-50") * sigma:
        step = -slope(sigma) / curvature(sigma)
        sigma += step
    spread = mpmath.sqrt(curvature(sigma))
    sigma = max(sigma, 3 / spread)
    nodes = int(40 * spread)

    def exponent(z):
        return sum(c * mpmath.log((1 + mpmath.exp(w * z)) / 2) for w, c in counts.items()) - z * s

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
    return log10_of(ln_tail) if sign else log10_of_complement(ln_tail.exp())


def weighted_bits_tests():
    cases = []

    def add(comment, weights, n, s, value):
        cases.append({"comment": comment, "weights": list(weights), "n": n, "sum": s, "log10PValue": text(value)})

    def exact(comment, weights, n, sums):
        counts = bits_counts(weights, n)
        top = len(counts) - 1
        for s in sums(top):
            value = Decimal(0) if s <= 0 else tail_of_counts(sum(counts[: max(0, top - s + 1)]), n * len(weights))
            add(comment, weights, n, s, value)

    exact("no tuples: the sum is 0", [2, 1], 0, lambda top: [-1, 0, 1])
    exact("one bit", [1], 1, lambda top: [-1, 0, 1, 2])
    exact("one weighted bit: every sum between two values", [7], 1, lambda top: [1, 6, 7, 8])
    exact("a weight of 0 carries nothing", [0, 3, 0, 2], 4, lambda top: [1, 9, 10, 19, 20])
    exact("span 10, sums off the lattice", [10, 20, 30], 12, lambda top: [1, 355, 361, 369, 370, 371, 480, 719, 720])
    exact("two layers", [2, 1], 25, lambda top: [1, 2, 30, 37, 38, 39, 50, 70, 74, 75, 76])
    exact("equal weights", [1] * 30, 20, lambda top: [200, 299, 300, 301, 330, 420, 599])
    linear = list(range(30, 0, -1))
    scheme = [290 - 9 * layer for layer in range(30)]
    exact("depth 30, weights 30 to 1, one tuple", linear, 1, lambda top: [1, 2, 50, 232, 233, 300, 400, 462, 465])
    exact(
        "depth 30, weights 30 to 1",
        linear,
        100,
        lambda top: [1, 9000, 20000, 22000, 23200, 23250, 23251, 23300, 23600, 25000, 29000, 35000, 42000, 45000, 46000, top - 31, top - 1, top],
    )
    exact(
        "the tournament of depth 30",
        scheme,
        24,
        lambda top: [1, 2, 30000, 45000, 55000, top // 2, top // 2 + 1, 59000, 62000, 65000, 75000, 95000, 110000, top - 291, top - 29, top - 1, top, top + 1],
    )
    exact("wide weights", [997, 613, 401, 256, 101, 37], 9, lambda top: [3000, 10822, 10823, 12000, 15000, 19000, 21000, top - 38, top - 1])
    exact("nearly a coarser lattice, all peaks count", [300] * 29 + [1], 3, lambda top: [9000, 13051, 13052, 13200, 14703, 18001, 25000])
    for n in (2000, 10**6, 10**8):
        for deficit in (0, 1, 2, 7, 30, 31, 200, 500):
            add("next to the maximum", linear, n, n * sum(linear) - deficit, near_top_log10(linear, n, deficit))
    for deficit in (99, 100, 350, 1000, 1500):
        coarse = [130, 121, 117, 109, 103, 100]
        add("next to the maximum, few steps", coarse, 10**6, 10**6 * sum(coarse) - deficit, near_top_log10(coarse, 10**6, deficit))
    add("next to the minimum: p within 1e-150 of 1", [3, 2, 1], 200, 9, log10_of_complement((near_top_log10([3, 2, 1], 200, 8) * LN10).exp()))
    for w1, m1, w2, m2, n, distances in (
        (300, 29, 1, 1, 1000, (-3, 0, 0.4, 6, 50)),
        (300, 29, 1, 1, 10**5, (-3, 0.1, 6, 500)),
        (7, 3, 4, 2, 10**4, (-9, -1, 0, 0.02, 3, 9, 40, 150)),
        (3, 1, 2, 1, 10**6, (-8, 0, 0.5, 37, 900)),
        (30, 4, 1, 10, 10**6, (-2, 0.01, 38, 1500)),
        (5, 2, 3, 1, 10**8, (-7, 0, 0.3, 5, 40, 690, 5000)),
    ):
        weights = [w1] * m1 + [w2] * m2
        mean, sd = n * sum(weights) / 2, math.sqrt(n * sum(w * w for w in weights)) / 2
        for distance in distances:
            s = math.ceil(mean + distance * sd)
            add(f"two weights, {distance} sd from the mean", weights, n, s, two_weights_log10(w1, m1, w2, m2, n, s))
    for weights, sizes, distances in (
        (linear, (1000, 10**5, 10**8, 10**9), (-6, 0.2, 4, 38, 120)),
        (scheme, (250, 2000, 10**6), (-6, 0, 0.1, 3, 12, 38)),
        ([1023 - 7 * layer for layer in range(30)], (10**9,), (-1, 0.01, 7, 690)),
    ):
        for n in sizes:
            mean, sd = n * sum(weights) / 2, math.sqrt(n * sum(w * w for w in weights)) / 2
            for distance in distances:
                s = math.ceil(mean + distance * sd)
                add(f"depth 30, {distance} sd from the mean", weights, n, s, contour_log10(weights, n, s))
    return cases


# --- several tests ------------------------------------------------------------------------------------------------------


def correction_tests():
    """Holm and Benjamini-Hochberg on rational p-values, by their definitions."""
    families = {
        "Benjamini and Hochberg 1995, section 4": [
            Fraction(x, 10000)
            for x in (1, 4, 19, 95, 201, 278, 298, 344, 459, 3240, 4262, 5719, 6528, 7590, 10000)
        ],
        "one test": [Fraction(1, 7)],
        "ties and a certain one": [Fraction(1, 3), Fraction(1), Fraction(1, 30), Fraction(1, 30), Fraction(1, 31)],
        "far below the smallest double": [Fraction(1, 10**5000), Fraction(1, 2), Fraction(1, 10**100000), Fraction(3, 10**5000)],
    }
    cases = []
    for comment, p in families.items():
        m = len(p)
        order = sorted(range(m), key=lambda i: p[i])
        holm, bh = [None] * m, [None] * m
        for rank, i in enumerate(order):
            holm[i] = max(min(Fraction(1), (m - j) * p[order[j]]) for j in range(rank + 1))
            bh[i] = min(min(Fraction(1), Fraction(m, j + 1) * p[order[j]]) for j in range(rank, m))
        row = {"comment": comment, "log10PValues": [text(dec(x).log10()) for x in p]}
        row["holm"] = [text(dec(x).log10()) for x in holm]
        row["benjaminiHochberg"] = [text(dec(x).log10()) for x in bh]
        cases.append(row)
    return cases


def write(name, algorithm, source, tests, generator="test/vectors/gen/stats.py"):
    document = {
        "algorithm": algorithm,
        "source": source,
        "generator": generator,
        "relTol": 1e-10,
        "tests": [{"tcId": i, **test} for i, test in enumerate(tests, 1)],
    }
    # One case a line.
    cases = document.pop("tests")
    head = json.dumps(document, indent=1)[: -len("\n}")]
    body = ",\n  ".join(json.dumps(case) for case in cases)
    (HERE / name).write_text(f'{head},\n "tests": [\n  {body}\n ]\n}}\n')
    print(name, len(tests))


if __name__ == "__main__":
    write("stats-gamma-tail.json", "gammaTailLog10", "Poisson sums: rational, or 80 digits", gamma_tests())
    write("stats-binomial-tail.json", "binomialTailLog10", "binomial sums: integers, or 80 digits", binomial_tests())
    write("stats-corrections.json", "holm, benjaminiHochberg", "the definitions, on rational p-values", correction_tests())
    write(
        "stats-weighted-bits-tail.json",
        "weightedBitsTailLog10",
        "exact polynomial products; sums over one of two counts in 60 digits; the inversion integral in 60 digits",
        weighted_bits_tests(),
    )
