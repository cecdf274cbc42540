// Passes over a whole vocabulary of raw logits, four tokens at a time (AssemblyScript, SIMD).
//
// The host owns the imported memory and passes every address. All operations are single IEEE 754 additions,
// multiplications and comparisons in a fixed order, so `src/sampling/scalar-engine.ts` repeats them bit for bit.
//
// Exponential: y = (x - max) * scale in f64, with scale = log2(e) / temperature; k = y rounded to an integer;
// r = y - k as f32, |r| <= 1/2; 2^r by its Taylor series to degree 7 in f32; times 2^k. Truncation is at most
// (ln 2 / 2)^8 / 8! = 5.2e-9, rounding at most 2^-26 ln 2 from r and about 1.2e-7 from the last steps of the series.
// Valid for -126 <= y <= 0 only: the host passes the least such logit as a floor, and what lies below weighs nothing.

const BLOCK: i32 = 1024;
// Adding 1.5 * 2^52 rounds to an integer and leaves that integer in the low 32 bits.
const ROUND: f64 = 6755399441055744.0;
// (ln 2)^k / k!
const C1: f32 = 0.6931471805599453;
const C2: f32 = 0.2402265069591007;
const C3: f32 = 0.05550410866482158;
const C4: f32 = 0.009618129107628477;
const C5: f32 = 0.0013333558146428441;
const C6: f32 = 0.0001540353039338161;
const C7: f32 = 0.00001525273380405984;

// @ts-ignore: decorator
@inline
function exp4(v: v128, max: v128, scale: v128): v128 {
  const round = f64x2.splat(ROUND);
  const yl = f64x2.mul(f64x2.sub(f64x2.promote_low_f32x4(v), max), scale);
  const yh = f64x2.mul(f64x2.sub(f64x2.promote_low_f32x4(i64x2.shuffle(v, v, 1, 1)), max), scale);
  const ml = f64x2.add(yl, round);
  const mh = f64x2.add(yh, round);
  const rl = f32x4.demote_f64x2_zero(f64x2.sub(yl, f64x2.sub(ml, round)));
  const rh = f32x4.demote_f64x2_zero(f64x2.sub(yh, f64x2.sub(mh, round)));
  const r = i64x2.shuffle(rl, rh, 0, 2);
  const k = i32x4.shuffle(ml, mh, 0, 2, 4, 6);
  const power = i32x4.shl(i32x4.add(k, i32x4.splat(127)), 23);
  const r2 = f32x4.mul(r, r);
  const p01 = f32x4.add(f32x4.mul(r, f32x4.splat(C1)), f32x4.splat(1));
  const p23 = f32x4.add(f32x4.mul(r, f32x4.splat(C3)), f32x4.splat(C2));
  const p45 = f32x4.add(f32x4.mul(r, f32x4.splat(C5)), f32x4.splat(C4));
  const p67 = f32x4.add(f32x4.mul(r, f32x4.splat(C7)), f32x4.splat(C6));
  const high = f32x4.add(f32x4.mul(r2, p67), p45);
  const p = f32x4.add(f32x4.mul(r2, f32x4.add(f32x4.mul(r2, high), p23)), p01);
  return f32x4.mul(p, power);
}

// @ts-ignore: decorator
@inline
function inRange(v: v128, low: v128, high: v128): v128 {
  return v128.and(f32x4.ge(v, low), f32x4.lt(v, high));
}

// @ts-ignore: decorator
@inline
function total(a: v128, b: v128): f64 {
  return (
    f64x2.extract_lane(a, 0) + f64x2.extract_lane(a, 1) + (f64x2.extract_lane(b, 0) + f64x2.extract_lane(b, 1))
  );
}

/** The largest of `count` logits (a multiple of 4), or NaN if one of them is NaN. */
export function max(logits: usize, count: i32): f32 {
  let best = f32x4.splat(-Infinity);
  let bad = i32x4.splat(0);
  const end = logits + (<usize>count << 2);
  for (let at = logits; at < end; at += 16) {
    const v = v128.load(at);
    best = f32x4.pmax(best, v);
    bad = v128.or(bad, f32x4.ne(v, v));
  }
  if (v128.any_true(bad)) return NaN;
  return Mathf.max(
    Mathf.max(f32x4.extract_lane(best, 0), f32x4.extract_lane(best, 1)),
    Mathf.max(f32x4.extract_lane(best, 2), f32x4.extract_lane(best, 3)),
  );
}

/**
 * Sums exponentials by block of 1,024 tokens over sumLow <= logit < sumHigh, and lists the tokens with
 * gatherLow <= logit < gatherHigh in ascending id, at most `capacity` of them.
 *
 * Returns how many there are, listed or not.
 */
export function sweep(
  logits: usize,
  count: i32,
  maximum: f64,
  factor: f64,
  sumLow: f32, // not below the floor
  sumHigh: f32,
  gatherLow: f32,
  gatherHigh: f32,
  blockSums: usize,
  ids: usize,
  values: usize,
  capacity: i32,
): i32 {
  const max = f64x2.splat(maximum);
  const scale = f64x2.splat(factor);
  const sl = f32x4.splat(sumLow);
  const sh = f32x4.splat(sumHigh);
  const gl = f32x4.splat(gatherLow);
  const gh = f32x4.splat(gatherHigh);
  let gathered: i32 = 0;
  for (let start: i32 = 0; start < count; start += BLOCK) {
    const stop = min(start + BLOCK, count);
    let a = f64x2.splat(0);
    let b = f64x2.splat(0);
    for (let i = start; i < stop; i += 4) {
      const v = v128.load(logits + (<usize>i << 2));
      const e = v128.and(exp4(v, max, scale), inRange(v, sl, sh));
      a = f64x2.add(a, f64x2.promote_low_f32x4(e));
      b = f64x2.add(b, f64x2.promote_low_f32x4(i64x2.shuffle(e, e, 1, 1)));
      let hits = i32x4.bitmask(inRange(v, gl, gh));
      while (hits) {
        const id = i + ctz(hits);
        if (gathered < capacity) {
          store<i32>(ids + (<usize>gathered << 2), id);
          store<f32>(values + (<usize>gathered << 2), load<f32>(logits + (<usize>id << 2)));
        }
        gathered++;
        hits &= hits - 1;
      }
    }
    store<f64>(blockSums + (<usize>(start / BLOCK) << 3), total(a, b));
  }
  return gathered;
}

/**
 * Adds exponentials and counts over low <= logit < high to 2,048 buckets, (key - lowKey) >> shift, where `key` is
 * the logit's bits made monotone; the entry after the last takes those with high <= logit < top. Logits below
 * `floor` are counted and weigh nothing.
 */
export function histogram(
  logits: usize,
  count: i32,
  maximum: f64,
  factor: f64,
  floor: f32,
  low: f32,
  high: f32,
  top: f32,
  lowKey: u32,
  shift: u32,
  masses: usize,
  counts: usize,
  scratch: usize,
): void {
  const max = f64x2.splat(maximum);
  const scale = f64x2.splat(factor);
  const f = f32x4.splat(floor);
  const l = f32x4.splat(low);
  const h = f32x4.splat(high);
  const t = f32x4.splat(top);
  let a = f64x2.splat(0);
  let b = f64x2.splat(0);
  let above = i32x4.splat(0);
  memory.fill(masses, 0, 2049 << 3);
  memory.fill(counts, 0, 2049 << 2);
  for (let i: i32 = 0; i < count; i += 4) {
    const v = v128.load(logits + (<usize>i << 2));
    const e = v128.and(exp4(v, max, scale), f32x4.ge(v, f));
    const isAbove = inRange(v, h, t);
    const ea = v128.and(e, isAbove);
    a = f64x2.add(a, f64x2.promote_low_f32x4(ea));
    b = f64x2.add(b, f64x2.promote_low_f32x4(i64x2.shuffle(ea, ea, 1, 1)));
    above = i32x4.sub(above, isAbove);
    let hits = i32x4.bitmask(inRange(v, l, h));
    if (hits) v128.store(scratch, e);
    while (hits) {
      const lane = <usize>ctz(hits);
      const bits = reinterpret<u32>(load<f32>(logits + ((<usize>i + lane) << 2)) + 0);
      const key = bits ^ (<u32>(<i32>bits >> 31) | 0x80000000);
      const bucket = <usize>((key - lowKey) >> shift);
      const mass = masses + (bucket << 3);
      store<f64>(mass, load<f64>(mass) + <f64>load<f32>(scratch + (lane << 2)));
      const tally = counts + (bucket << 2);
      store<u32>(tally, load<u32>(tally) + 1);
      hits &= hits - 1;
    }
  }
  store<f64>(masses + (2048 << 3), total(a, b));
  store<i32>(
    counts + (2048 << 2),
    i32x4.extract_lane(above, 0) +
      i32x4.extract_lane(above, 1) +
      i32x4.extract_lane(above, 2) +
      i32x4.extract_lane(above, 3),
  );
}
