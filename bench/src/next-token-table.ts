// Measures the bundled model's next-token distributions: the table that the priors of evidence and planning rest on.
// Prints packages/detector/src/likelihood/next-token-table.ts; takes a few minutes.
import { demoModelDirectory, demoModelFiles } from '@countermark/demo-model';
import { DEMO_PROMPTS } from '@countermark/fixtures';
import {
  CandidateSelector,
  type Candidates,
  createPlainSampler,
  generateTokens,
  type SamplingSettings,
  seededRandom,
} from '@countermark/watermark';
import { loadOnnxModel } from '@countermark/watermark/integrations/onnxruntime';
import { openTokenizer } from '@countermark/watermark/tokenizer';

const ANSWERS = 80;
const TOKENS = 100;
const SETTINGS: readonly [string, SamplingSettings][] = [
  ['temperature 0.5, top-p 0.9', { temperature: 0.5, topP: 0.9 }],
  ['temperature 0.7', { temperature: 0.7 }],
  ['temperature 1', { temperature: 1 }],
  ['temperature 1.3', { temperature: 1.3 }],
];
// Probabilities are put on the grid 2^(-k/4), k = 0 … 64.
const STEPS_PER_OCTAVE = 4;
const GRID = 65;
// Steps are grouped by 1 − Σp²; a class ends below its edge.
const EDGES = [0.02, 0.15, 0.35, 0.55, 0.75, 0.9, 0.97, Infinity];
const DEPTH = 30;
const MAX_CANDIDATES = 1024;
const UNIT = 100_000;

const model = await loadOnnxModel(demoModelFiles().onnxModel, {
  contextLength: 512,
  session: { intraOpNumThreads: 1 },
});
const tokenizer = await openTokenizer(`${demoModelDirectory()}/tokenizer.json`);
const selector = new CandidateSelector(tokenizer.vocabSize);
const random = seededRandom(1);

const biasSums = EDGES.map(() => new Float64Array(DEPTH));
const biasSteps = EDGES.map(() => 0);
const rows: string[] = [];
for (const [name, sampling] of SETTINGS) rows.push(await measureRow(name, sampling));
const biases = EDGES.map((_, k) =>
  Array.from(biasSums[k]!, (sum) => Number((sum / biasSteps[k]!).toFixed(4))),
);
tokenizer.close();
await model.close();

console.log(`// Measured by bench/src/next-token-table.ts on the bundled demo model: ${ANSWERS} answers of ${TOKENS} tokens to its ten
// prompts at each setting, seed 1. Do not edit.

/** The next tokens of a model at one sampling setting. */
export interface NextTokenRow {
  readonly setting: string;
  /** Share of sampled tokens whose own probability was 2^(-k/4), \`[k ≤ ${GRID - 1}]\`, in units of 1e-5; they sum to ${UNIT}. */
  readonly probabilities: readonly number[];
  /** Share of steps in each class of {@link TOURNAMENT_BIASES}, \`[${EDGES.length}]\`, in units of 1e-5; they sum to ${UNIT}. */
  readonly classes: readonly number[];
}

/** By ascending entropy. */
export const NEXT_TOKEN_ROWS: readonly NextTokenRow[] = [
${rows.join(',\n')},
];

/**
 * How far the chosen token's bit of each layer leans to 1 in a tournament of ${DEPTH} layers: P(1) − P(0), \`[class][layer]\`.
 *
 * Classes are steps with 1 − Σp² below ${EDGES.slice(0, -1).join(', ')}, and the rest.
 */
export const TOURNAMENT_BIASES: readonly (readonly number[])[] = [
${biases.map((layers) => `  [${layers.join(', ')}]`).join(',\n')},
];`);

async function measureRow(setting: string, sampling: SamplingSettings): Promise<string> {
  const probabilities = new Float64Array(GRID);
  const classes = new Float64Array(EDGES.length);
  for (let answer = 0; answer < ANSWERS; answer++) {
    const prompt = tokenizer.encode(DEMO_PROMPTS[answer % DEMO_PROMPTS.length]!);
    const plain = createPlainSampler(tokenizer.vocabSize, sampling, random);
    const sampler = {
      next(logits: Float32Array): number {
        const candidates = selector.select(logits, { ...sampling, maxCandidates: tokenizer.vocabSize });
        addProbabilities(probabilities, candidates);
        const diversity = 1 - sumOfSquares(candidates);
        const k = EDGES.findIndex((edge) => diversity < edge);
        classes[k]!++;
        biasSteps[k]!++;
        const few = selector.select(logits, { ...sampling, maxCandidates: MAX_CANDIDATES });
        addBiases(biasSums[k]!, few);
        return plain.next(logits);
      },
    };
    for await (const _ of generateTokens(model, sampler, prompt, { maxTokens: TOKENS }));
  }
  console.error(`${setting}: entropy ${entropyOf(probabilities).toFixed(3)} nats`);
  return `  {
    setting: '${setting}',
    probabilities: [${inUnits(probabilities).join(', ')}],
    classes: [${inUnits(classes).join(', ')}],
  }`;
}

// A token of probability p is sampled with probability p; ln p is split between its neighbours on the grid, which keeps
// the entropy.
function addProbabilities(weights: Float64Array, { count, probs }: Candidates): void {
  for (let i = 0; i < count; i++) {
    const place = Math.min(GRID - 1, -STEPS_PER_OCTAVE * Math.log2(probs[i]!));
    const below = Math.min(GRID - 2, Math.floor(place));
    weights[below]! += probs[i]! * (below + 1 - place);
    weights[below + 1]! += probs[i]! * (place - below);
  }
}

function entropyOf(weights: Float64Array): number {
  const total = weights.reduce((sum, weight) => sum + weight, 0);
  return weights.reduce((sum, weight, k) => sum + (weight * k * Math.LN2) / STEPS_PER_OCTAVE, 0) / total;
}

function sumOfSquares({ count, probs }: Candidates): number {
  let sum = 0;
  for (let i = 0; i < count; i++) sum += probs[i]! ** 2;
  return sum;
}

// Two tournaments, one with the other's bits flipped, so that a certain token adds nothing. The tail plays as one candidate.
// Adds the mean of 2g − 1 under the final masses.
function addBiases(sums: Float64Array, { count, probs, tailMass }: Candidates): void {
  const start = [...probs.subarray(0, count), ...(tailMass > 0 ? [tailMass] : [])];
  const words = start.map(() => Math.floor(2 ** 32 * random()));
  for (const flip of [0, ~0]) {
    const masses = [...start];
    const signs = (layer: number) => words.map((word) => (((word ^ flip) >>> layer) & 1 ? 1 : -1));
    for (let layer = 0; layer < DEPTH; layer++) {
      const g = signs(layer);
      const mean = masses.reduce((sum, mass, i) => sum + mass * g[i]!, 0);
      for (let i = 0; i < masses.length; i++) masses[i]! *= 1 + (g[i]! - mean) / 2;
    }
    for (let layer = 0; layer < DEPTH; layer++) {
      const g = signs(layer);
      sums[layer]! += masses.reduce((sum, mass, i) => sum + mass * g[i]!, 0) / 2;
    }
  }
}

// Largest remainders, so that the units sum to exactly the whole.
function inUnits(weights: Float64Array): number[] {
  const total = weights.reduce((sum, weight) => sum + weight, 0);
  const exact = Array.from(weights, (weight) => (UNIT * weight) / total);
  const units = exact.map(Math.floor);
  const missing = UNIT - units.reduce((sum, unit) => sum + unit, 0);
  const order = [...exact.keys()].sort((a, b) => exact[b]! - units[b]! - (exact[a]! - units[a]!));
  for (const k of order.slice(0, missing)) units[k]!++;
  return units;
}
