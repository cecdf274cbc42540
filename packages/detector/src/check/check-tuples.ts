/** Checks which tokens a result lists as scored: what can be known of that without the key. */
import { slotLimits, TWO_32 } from '@countermark/watermark/scheme';
import { TOKEN_STATUSES } from '../score/scorer.ts';
import { binomialTailLog10 } from '../stats/binomial-tail.ts';
import { type Check, type CheckCase, checkOf, differs } from './check.ts';

/** Below it, the number of scored contexts is not what the parameters' share gives by chance; log10. */
const LOG10_SHARE_LEVEL = -6;

const SCORED = TOKEN_STATUSES.indexOf('scored');
const DUPLICATE = TOKEN_STATUSES.indexOf('duplicate');

/** What a pass over the tokens shows. */
interface Census {
  /** The first tuple that is listed, or left out, where it should not be. */
  readonly fault: string | undefined;
  /** Tokens that are listed. */
  readonly listed: number;
  /** Tokens whose tuple is listed at an earlier token. */
  readonly repeats: number;
  /** Different contexts, and those of them in which tokens are listed. */
  readonly contexts: number;
  readonly listedContexts: number;
}

/** Checks positions, then tuples and their slots; these two only where the positions can be. */
export function checkTuples(checked: CheckCase): Check[] {
  const positions = checkPositions(checked);
  if (!positions.passed) return [positions];
  const census = takeCensus(checked);
  return [positions, checkCensus(checked, census), checkSlots(checked, census)];
}

function checkPositions({ result, evidence, params, tokenIds }: CheckCase): Check {
  const { positions, words } = evidence;
  const { contextWidth } = params;
  const early = positions.find((position) => position < contextWidth);
  const late = positions.find((position) => position >= tokenIds.length);
  const disordered = positions.findIndex((position, i) => i > 0 && position <= positions[i - 1]!);
  return checkOf(
    'positions',
    `${positions.length} positions, ascending, each with ${contextWidth} tokens before it`,
    differs('number of scored tokens', result.scored, positions.length),
    differs('number of words', words.length, positions.length),
    early === undefined ? undefined : `position ${early} has no ${contextWidth} tokens before it`,
    late === undefined ? undefined : `position ${late} is behind the document's end, ${tokenIds.length}`,
    disordered < 0
      ? undefined
      : positions[disordered] === positions[disordered - 1]
        ? `position ${positions[disordered]} is listed twice`
        : `position ${positions[disordered]} stands behind ${positions[disordered - 1]}`,
  );
}

// A context's slot is one for all of its tokens: where one is scored, the others are, but for repeats.
function takeCensus({ evidence, params, tokenIds }: CheckCase): Census {
  const { contextWidth } = params;
  const contextAt = (position: number): string => tokenIds.subarray(position - contextWidth, position).join();
  const common = new Set(evidence.positions.map(contextAt));
  const listed = new Set(evidence.positions);
  const contexts = new Set<string>();
  const first = new Map<string, number>();
  let fault: string | undefined;
  let repeats = 0;
  for (let position = contextWidth; position < tokenIds.length; position++) {
    const context = contextAt(position);
    contexts.add(context);
    if (!common.has(context)) continue;
    const tuple = `${context} ${tokenIds[position]}`;
    const before = first.get(tuple);
    if (before === undefined) first.set(tuple, position);
    else repeats++;
    if (before !== undefined && listed.has(position)) {
      fault ??= `position ${position} repeats the tuple of position ${before}`;
    }
    if (before === undefined && !listed.has(position)) {
      fault ??= `position ${position} is left out, and others with its context are scored`;
    }
  }
  return { fault, listed: listed.size, repeats, contexts: contexts.size, listedContexts: common.size };
}

/**
 * Returns which tokens are scored, and which repeat a scored one, as {@link TOKEN_STATUSES} numbers them; the positions must have passed.
 *
 * @returns Uint8Array `[tokens]`, 0 for all others.
 */
export function statusesOf({ evidence, params, tokenIds }: CheckCase): Uint8Array {
  const { contextWidth } = params;
  const statuses = new Uint8Array(tokenIds.length);
  const tupleAt = (position: number): string =>
    tokenIds.subarray(position - contextWidth, position + 1).join();
  const listed = new Set(evidence.positions.map(tupleAt));
  for (let position = contextWidth; position < tokenIds.length; position++)
    if (listed.has(tupleAt(position))) statuses[position] = DUPLICATE;
  for (const position of evidence.positions) statuses[position] = SCORED;
  return statuses;
}

function checkCensus({ result, params, tokenIds }: CheckCase, { fault, listed, repeats }: Census): Check {
  const withoutContext = Math.min(params.contextWidth, tokenIds.length);
  return checkOf(
    'tuples',
    `each of ${listed} tuples is listed once, at its first occurrence; ${repeats} repeats of them are not`,
    fault,
    differs('repeats', result.duplicates, repeats),
    differs('tokens without a context', result.withoutContext, withoutContext),
    differs('tokens in other slots', result.otherSlots, tokenIds.length - withoutContext - listed - repeats),
    differs('tokens whose draws depend on too little of the key', result.unkeyed, 0),
  );
}

// Whoever lists only the tuples that suit him has too few contexts.
function checkSlots({ params }: CheckCase, { contexts, listedContexts }: Census): Check {
  const { commonLimit } = slotLimits(params);
  const log10Tail = Math.min(0, Math.log10(2) + smallerTail(contexts, listedContexts, commonLimit));
  const share = (commonLimit / TWO_32).toPrecision(3);
  const found = `${listedContexts} of ${contexts} different contexts are scored, at a share of ${share}`;
  return checkOf(
    'slots',
    found,
    log10Tail > LOG10_SHARE_LEVEL
      ? undefined
      : `${found}: chance alone gives a number so far off with probability 10^${log10Tail.toFixed(1)}`,
  );
}

function smallerTail(n: number, k: number, numerator: number): number {
  if (numerator === 0 || numerator === TWO_32) {
    return k === (numerator === 0 ? 0 : n) ? 0 : -Infinity;
  }
  return Math.min(binomialTailLog10(n, k, numerator), binomialTailLog10(n, n - k, TWO_32 - numerator));
}
