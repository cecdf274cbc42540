import {
  createPlainSampler,
  type SamplingSettings,
  type SchemeParams,
  seededRandom,
  Watermarker,
} from '@countermark/watermark';
import { benchKey, LARGE_VOCABULARY, modelLikeLogits } from '../fixtures.ts';
import { measure, secondsBeyond, timesAsLong } from '../measure.ts';
import { atMost, type Row } from '../row.ts';

const STEPS = 20;
const DRAWN = 8;

/** What a mark adds to plain sampling of the same logits with the same truncation. */
export function addedCostRows(): Row[] {
  const cases: [string, number, SamplingSettings][] = [
    ['top-k 50', LARGE_VOCABULARY, { topK: 50 }],
    ['top-k 1000', LARGE_VOCABULARY, { topK: 1000 }],
    ['top-p 0.9', LARGE_VOCABULARY, { topP: 0.9 }],
    ['top-k 1000, 50,257 tokens', 50_257, { topK: 1000 }],
  ];
  return cases.map(([name, vocabSize, sampling]) => {
    const logits = drawLogits(vocabSize);
    const { marked, plain } = measure({
      marked: markedSteps(vocabSize, sampling, logits),
      plain: plainSteps(vocabSize, sampling, logits),
    });
    const added = secondsBeyond(marked, plain) * 1e6;
    const yardstick = `plain sampling, ${(plain.seconds * 1e6).toFixed(0)} µs`;
    return atMost(`added per token, gumbel, ${name}`, added, 'µs', 60, yardstick, timesAsLong(plain, marked));
  });
}

/** From raw logits without truncation to the chosen token, for each scheme. */
export function wholeStepRows(): Row[] {
  const schemes: SchemeParams[] = [
    { kind: 'gumbel' },
    { kind: 'green-list', gamma: 0.25, delta: 2 },
    { kind: 'tournament', depth: 30 },
  ];
  const logits = drawLogits(LARGE_VOCABULARY);
  return schemes.map((scheme) => {
    const { marked, plain } = measure({
      marked: markedSteps(LARGE_VOCABULARY, {}, logits, scheme),
      plain: plainSteps(LARGE_VOCABULARY, {}, logits),
    });
    const yardstick = `plain sampling of the same logits, ${(plain.seconds * 1e3).toFixed(2)} ms`;
    return atMost(
      `200,019 logits to a token, ${scheme.kind}`,
      marked.seconds * 1e3,
      'ms',
      1.2,
      yardstick,
      timesAsLong(plain, marked),
    );
  });
}

function drawLogits(vocabSize: number): Float32Array[] {
  return Array.from({ length: DRAWN }, (_, i) => modelLikeLogits(vocabSize, i));
}

// Every step is marked: all slots common, contexts that do not repeat, and no start, whose bits the tokens pushed here would never spend.
function markedSteps(
  vocabSize: number,
  sampling: SamplingSettings,
  logits: readonly Float32Array[],
  scheme: SchemeParams = { kind: 'gumbel' },
): () => number {
  const watermarker = new Watermarker(benchKey(vocabSize, scheme, 1));
  const random = seededRandom(3);
  const ids = seededRandom(4);
  return () => {
    const atOnce = { promptContexts: true, startBits: 0 };
    const generation = watermarker.start({ prompt: [1, 2, 3, 4], ...atOnce, sampling, random });
    for (let i = 0; i < STEPS; i++) {
      generation.choose(logits[i % DRAWN]!);
      generation.push(Math.floor(ids() * vocabSize));
    }
    return STEPS;
  };
}

function plainSteps(
  vocabSize: number,
  sampling: SamplingSettings,
  logits: readonly Float32Array[],
): () => number {
  const sampler = createPlainSampler(vocabSize, sampling, seededRandom(3));
  return () => {
    for (let i = 0; i < STEPS; i++) sampler.next(logits[i % DRAWN]!);
    return STEPS;
  };
}
