/** Processes that texts come from which do not know the key: random words, and another key's choices among them. */
import {
  type MarkCase,
  openTokenScores,
  type Random,
  type TokenScores,
} from '@countermark/fixtures/calibration';
import { seededRandom } from '@countermark/watermark';
import type { RareNull } from './rare-level.ts';

const TOKENS = 200;
// As long as any context here.
const START_TOKENS = 8;
const OTHER_KEYS = 8;
const CHOICES = 3;

function drawWords({ vocabSize }: MarkCase, out: Uint32Array, random: Random): void {
  for (let i = 0; i < out.length; i++) out[i] = Math.floor(vocabSize * random());
}

function startOf(mark: MarkCase, random: Random): Uint32Array {
  const start = new Uint32Array(START_TOKENS);
  drawWords(mark, start, random);
  return start;
}

/**
 * Random words, each of the vocabulary's as likely. A tilt chooses among proposals: where the next token is nearly certain, as in running
 * text, it has nothing to choose from, and its weights say little.
 */
export function randomWords(mark: MarkCase): RareNull {
  return {
    mark,
    tokens: TOKENS,
    open: (random) => ({
      start: startOf(mark, random),
      process: (_text, _length, out) => drawWords(mark, out, random),
    }),
  };
}

/** The same, each word the one of three that scores best under another key of the mark: one of eight keys. */
export function otherKeyWords(mark: MarkCase, seed: string): RareNull & { close(): void } {
  const seeded = seededRandom(seed);
  const others = Array.from({ length: OTHER_KEYS }, () => openTokenScores(mark.draw(seeded)));
  const choose = (
    scores: TokenScores,
    text: Uint32Array,
    length: number,
    out: Uint32Array,
    random: Random,
  ) => {
    const choices = new Uint32Array(CHOICES * out.length);
    const values = new Float64Array(choices.length);
    drawWords(mark, choices, random);
    scores.score(text.slice(length - scores.contextWidth, length), choices, values);
    for (let i = 0; i < out.length; i++) {
      let best = CHOICES * i;
      for (let j = best + 1; j < CHOICES * (i + 1); j++) if (values[j]! > values[best]!) best = j;
      out[i] = choices[best]!;
    }
  };
  return {
    mark,
    tokens: TOKENS,
    open(random) {
      const scores = others[Math.floor(OTHER_KEYS * random())]!;
      return {
        start: startOf(mark, random),
        process: (text, length, out) => choose(scores, text, length, out, random),
      };
    },
    close: () => {
      for (const each of others) each.close();
    },
  };
}
