/** How often p-values are as small as one in a million, by importance sampling with the marks' own hashes. */
import {
  type AnyKey,
  isRefusal,
  type MarkCase,
  openTokenScores,
  type Random,
} from '@countermark/fixtures/calibration';
import { seededRandom } from '@countermark/watermark';
import { log10PValueUnder } from './p-value.ts';
import { type Process, writeTilted } from './tilted-text.ts';

/** An estimate of P(p ≤ level). */
export interface RareShare {
  readonly level: number;
  readonly share: number;
  /** Standard error of `share`, as a part of it. */
  readonly relativeError: number;
  /** Texts at the level that would say as much if all weighed the same. */
  readonly effectiveTexts: number;
  /** Texts that were written, each under a key of its own. */
  readonly texts: number;
  readonly tilt: number;
}

/** What texts are estimated about. */
export interface RareNull {
  readonly mark: MarkCase;
  readonly tokens: number;
  /** Opens the process for one text: its first tokens, and what draws those that follow. */
  readonly open: (random: Random) => { readonly start: Uint32Array; readonly process: Process };
}

const LEVEL = 1e-6;
// The typical text lies a little beyond the level: below it, weights are wasted.
const AIM = -6.3;
const PILOT_TEXTS = 15;
const HALVINGS = 6;
const LARGEST_TILT = 1;

/**
 * Estimates P(p ≤ 1e-6) over random keys and texts of a process that does not know them.
 *
 * @param texts written for the estimate, after a pilot that finds the tilt.
 */
export function rareShare(rare: RareNull, texts: number, seed: string): RareShare {
  const random = seededRandom(seed);
  let low = 0;
  let high = LARGEST_TILT;
  for (let i = 0; i < HALVINGS; i++) {
    const tilt = (low + high) / 2;
    const found = Array.from({ length: PILOT_TEXTS }, () => drawOne(rare, tilt, random).log10PValue);
    if (found.sort((a, b) => a - b)[(PILOT_TEXTS - 1) / 2]! < AIM) high = tilt;
    else low = tilt;
  }
  const tilt = (low + high) / 2;
  let sum = 0;
  let squares = 0;
  for (let i = 0; i < texts; i++) {
    const { log10PValue, lnWeight } = drawOne(rare, tilt, random);
    if (log10PValue > Math.log10(LEVEL) + 1e-9) continue;
    const weight = Math.exp(lnWeight);
    sum += weight;
    squares += weight ** 2;
  }
  const share = sum / texts;
  return {
    level: LEVEL,
    share,
    relativeError: sum === 0 ? 0 : Math.sqrt(Math.max(0, squares / texts - share ** 2) / texts) / share,
    effectiveTexts: squares === 0 ? 0 : sum ** 2 / squares,
    texts,
    tilt,
  };
}

function drawOne(
  { mark, tokens, open }: RareNull,
  tilt: number,
  random: Random,
): { readonly log10PValue: number; readonly lnWeight: number } {
  let key: AnyKey;
  try {
    key = mark.draw(random);
  } catch (error) {
    // No key of these settings gives a p-value.
    if (isRefusal(error)) return { log10PValue: 0, lnWeight: 0 };
    throw error;
  }
  const { start, process } = open(random);
  const scores = openTokenScores(key);
  const { text, lnWeight } = writeTilted(start, tokens, tilt, process, scores, random);
  scores.close();
  return { log10PValue: log10PValueUnder(() => key, text), lnWeight };
}
