// Passes over a whole vocabulary of raw logits, four tokens at a time (AssemblyScript, SIMD).
//
// The host owns the imported memory, passes every address, and pads the logits with -Infinity to whole blocks. All
// operations are single IEEE 754 additions, multiplications and comparisons in a fixed order, so
// `src/sampling/weight.ts` and `src/sampling/scalar-engine.ts` repeat them bit for bit.
//
// Weights: y = (x - max) * scale in f64, with scale = log2(e) / temperature; k = y rounded to an integer;
// r = y - k, |r| <= 1/2; 2^r by its Taylor series; times 2^k.
//
// - exp4, for sums: r rounded to f32, degree 7. Truncation is at most (ln 2 / 2)^8 / 8! = 5.2e-9, rounding at most
//   2^-26 ln 2 from r and about 1.2e-7 from the last steps of the series. Valid for -126 <= y <= 0 only: the host
//   passes the least such logit as a floor, and what lies below weighs nothing.
// - exp2, for candidates: all in f64, degree 12, truncated at 1.7e-16. Zero for y < -1022.

const BLOCK: i32 = 1024;
const BUCKETS: usize = 2048;
// Adding 1.5 * 2^52 rounds to an integer and leaves that integer in the low 32 bits.
const ROUND: f64 = 6755399441055744.0;
// (ln 2)^k / k!
const C1: f64 = 0.6931471805599453;
const C2: f64 = 0.24022650695910072;
const C3: f64 = 0.05550410866482158;
const C4: f64 = 0.009618129107628477;
const C5: f64 = 0.0013333558146428443;
const C6: f64 = 0.0001540353039338161;
const C7: f64 = 0.000015252733804059841;
const C8: f64 = 0.000001321548679014431;
const C9: f64 = 1.01780860092397e-7;
const C10: f64 = 7.054911620801123e-9;
const C11: f64 = 4.4455382718708116e-10;
const C12: f64 = 2.5678435993488206e-11;

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
  const p01 = f32x4.add(f32x4.mul(r, f32x4.splat(<f32>C1)), f32x4.splat(1));
  const p23 = f32x4.add(f32x4.mul(r, f32x4.splat(<f32>C3)), f32x4.splat(<f32>C2));
  const p45 = f32x4.add(f32x4.mul(r, f32x4.splat(<f32>C5)), f32x4.splat(<f32>C4));
  const p67 = f32x4.add(f32x4.mul(r, f32x4.splat(<f32>C7)), f32x4.splat(<f32>C6));
  const high = f32x4.add(f32x4.mul(r2, p67), p45);
  const p = f32x4.add(f32x4.mul(r2, f32x4.add(f32x4.mul(r2, high), p23)), p01);
  return f32x4.mul(p, power);
}

// @ts-ignore: decorator
@inline
function step(p: v128, r: v128, c: f64): v128 {
  return f64x2.add(f64x2.mul(p, r), f64x2.splat(c));
}

// @ts-ignore: decorator
@inline
function exp2(v: v128, max: v128, scale: v128): v128 {
  const y = f64x2.mul(f64x2.sub(f64x2.promote_low_f32x4(v), max), scale);
  const m = f64x2.add(y, f64x2.splat(ROUND));
  const r = f64x2.sub(y, f64x2.sub(m, f64x2.splat(ROUND)));
  const power = i64x2.shl(i64x2.add(m, i64x2.splat(1023)), 52);
  let p = step(f64x2.splat(C12), r, C11);
  p = step(p, r, C10);
  p = step(p, r, C9);
  p = step(p, r, C8);
  p = step(p, r, C7);
  p = step(p, r, C6);
  p = step(p, r, C5);
  p = step(p, r, C4);
  p = step(p, r, C3);
  p = step(p, r, C2);
  p = step(p, r, C1);
  p = step(p, r, 1);
  return v128.and(f64x2.mul(p, power), f64x2.ge(y, f64x2.splat(-1022)));
}

// @ts-ignore: decorator
@inline
function low2(v: v128): v128 {
  return f64x2.promote_low_f32x4(v);
}

// @ts-ignore: decorator
@inline
function high2(v: v128): v128 {
  return f64x2.promote_low_f32x4(i64x2.shuffle(v, v, 1, 1));
}

// @ts-ignore: decorator
@inline
function total(a: v128, b: v128): f64 {
  return (
    f64x2.extract_lane(a, 0) + f64x2.extract_lane(a, 1) + (f64x2.extract_lane(b, 0) + f64x2.extract_lane(b, 1))
  );
}

// Where gathered tokens go; set by the function that gathers.
let listIds: usize = 0;
let listValues: usize = 0;
let listRoom: i32 = 0;
let listed: i32 = 0;

/** Lists the tokens whose bit is set: id `first` + bit. */
// @ts-ignore: decorator
@inline
function list(hits: i32, first: i32, logits: usize): void {
  while (hits) {
    const id = first + ctz(hits);
    if (listed < listRoom) {
      const at = <usize>listed << 2;
      store<i32>(listIds + at, id);
      store<f32>(listValues + at, load<f32>(logits + (<usize>id << 2)));
    }
    listed++;
    hits &= hits - 1;
  }
}

/** The largest of `count` logits, or NaN if one of them is NaN. */
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
 * Lists the tokens with low <= logit < high in ascending id, as far as there is room.
 *
 * Returns how many there are, listed or not.
 */
export function gather(
  logits: usize,
  count: i32,
  low: f32,
  high: f32,
  ids: usize,
  values: usize,
  room: i32,
): i32 {
  const l = f32x4.splat(low);
  const h = f32x4.splat(high);
  listIds = ids;
  listValues = values;
  listRoom = room;
  listed = 0;
  for (let i: i32 = 0; i < count; i += 16) {
    const at = logits + (<usize>i << 2);
    const v0 = v128.load(at);
    const v1 = v128.load(at, 16);
    const v2 = v128.load(at, 32);
    const v3 = v128.load(at, 48);
    const g0 = f32x4.ge(v0, l);
    const g1 = f32x4.ge(v1, l);
    const g2 = f32x4.ge(v2, l);
    const g3 = f32x4.ge(v3, l);
    if (!v128.any_true(v128.or(v128.or(g0, g1), v128.or(g2, g3)))) continue;
    const low8 =
      i32x4.bitmask(v128.and(g0, f32x4.lt(v0, h))) | (i32x4.bitmask(v128.and(g1, f32x4.lt(v1, h))) << 4);
    const high8 =
      i32x4.bitmask(v128.and(g2, f32x4.lt(v2, h))) | (i32x4.bitmask(v128.and(g3, f32x4.lt(v3, h))) << 4);
    list(low8 | (high8 << 8), i, logits);
  }
  return listed;
}

/**
 * Lists the tokens with logit >= threshold as `gather` does, and sums the weights of all others from `floor` on by
 * block of 1,024 tokens.
 *
 * Returns how many tokens reach the threshold, listed or not.
 */
export function split(
  logits: usize,
  count: i32,
  maximum: f64,
  factor: f64,
  floor: f32,
  threshold: f32,
  blockSums: usize,
  ids: usize,
  values: usize,
  room: i32,
): i32 {
  const max = f64x2.splat(maximum);
  const scale = f64x2.splat(factor);
  const f = f32x4.splat(floor);
  const t = f32x4.splat(threshold);
  listIds = ids;
  listValues = values;
  listRoom = room;
  listed = 0;
  for (let start: i32 = 0; start < count; start += BLOCK) {
    let a = f64x2.splat(0);
    let b = f64x2.splat(0);
    for (let i = start; i < start + BLOCK; i += 8) {
      const at = logits + (<usize>i << 2);
      const v = v128.load(at);
      const w = v128.load(at, 16);
      const gv = f32x4.ge(v, t);
      const gw = f32x4.ge(w, t);
      const ev = v128.andnot(v128.and(exp4(v, max, scale), f32x4.ge(v, f)), gv);
      const ew = v128.andnot(v128.and(exp4(w, max, scale), f32x4.ge(w, f)), gw);
      const e = f32x4.add(ev, ew);
      a = f64x2.add(a, low2(e));
      b = f64x2.add(b, high2(e));
      if (v128.any_true(v128.or(gv, gw))) list(i32x4.bitmask(gv) | (i32x4.bitmask(gw) << 4), i, logits);
    }
    store<f64>(blockSums + (<usize>(start / BLOCK) << 3), total(a, b));
  }
  return listed;
}

/**
 * Sums weights by block of 1,024 tokens over a stretch of the ranking: after (afterValue, afterId), up to and
 * including (upToValue, upToId). Tokens rank by descending logit, equal logits by ascending id.
 */
export function sumBetween(
  logits: usize,
  count: i32,
  maximum: f64,
  factor: f64,
  floor: f32,
  afterValue: f32,
  afterId: i32,
  upToValue: f32,
  upToId: i32,
  blockSums: usize,
): void {
  const max = f64x2.splat(maximum);
  const scale = f64x2.splat(factor);
  const f = f32x4.splat(floor);
  const av = f32x4.splat(afterValue);
  const ai = i32x4.splat(afterId);
  const uv = f32x4.splat(upToValue);
  const ui = i32x4.splat(upToId);
  let id = i32x4(0, 1, 2, 3);
  for (let start: i32 = 0; start < count; start += BLOCK) {
    let a = f64x2.splat(0);
    let b = f64x2.splat(0);
    for (let i = start; i < start + BLOCK; i += 4) {
      const v = v128.load(logits + (<usize>i << 2));
      const after = v128.or(f32x4.lt(v, av), v128.and(f32x4.eq(v, av), i32x4.gt_s(id, ai)));
      const upTo = v128.or(f32x4.gt(v, uv), v128.and(f32x4.eq(v, uv), i32x4.le_s(id, ui)));
      const inside = v128.and(v128.and(after, upTo), f32x4.ge(v, f));
      const e = v128.and(exp4(v, max, scale), inside);
      a = f64x2.add(a, low2(e));
      b = f64x2.add(b, high2(e));
      id = i32x4.add(id, i32x4.splat(4));
    }
    store<f64>(blockSums + (<usize>(start / BLOCK) << 3), total(a, b));
  }
}

/**
 * Adds weights and counts over low <= logit < high to 2,048 buckets, (key - lowKey) >> shift, where `key` is the
 * logit's bits made monotone; the entry after the last takes those with logit >= high. Logits below `floor` are
 * counted and weigh nothing.
 */
export function histogram(
  logits: usize,
  count: i32,
  maximum: f64,
  factor: f64,
  floor: f32,
  low: f32,
  high: f32,
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
  let a = f64x2.splat(0);
  let b = f64x2.splat(0);
  let above = i32x4.splat(0);
  memory.fill(masses, 0, (BUCKETS + 1) << 3);
  memory.fill(counts, 0, (BUCKETS + 1) << 2);
  for (let i: i32 = 0; i < count; i += 4) {
    const v = v128.load(logits + (<usize>i << 2));
    const reached = f32x4.ge(v, l);
    if (!v128.any_true(reached)) continue;
    const e = v128.and(exp4(v, max, scale), f32x4.ge(v, f));
    const isAbove = f32x4.ge(v, h);
    const ea = v128.and(e, isAbove);
    a = f64x2.add(a, low2(ea));
    b = f64x2.add(b, high2(ea));
    above = i32x4.sub(above, isAbove);
    let hits = i32x4.bitmask(v128.andnot(reached, isAbove));
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
  store<f64>(masses + (BUCKETS << 3), total(a, b));
  store<i32>(
    counts + (BUCKETS << 2),
    i32x4.extract_lane(above, 0) +
      i32x4.extract_lane(above, 1) +
      i32x4.extract_lane(above, 2) +
      i32x4.extract_lane(above, 3),
  );
}

/** Writes the weights of `count` logits in f64; reads and writes one more if `count` is odd. */
export function weigh(values: usize, count: i32, maximum: f64, factor: f64, weights: usize): void {
  const max = f64x2.splat(maximum);
  const scale = f64x2.splat(factor);
  for (let i: i32 = 0; i < count; i += 2) {
    const v = v128.load64_zero(values + (<usize>i << 2));
    v128.store(weights + (<usize>i << 3), exp2(v, max, scale));
  }
}
