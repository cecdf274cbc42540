import type { Interval } from '@countermark/detector/stats';
import {
  type AttackRow,
  type Comparison,
  type Estimate,
  type Quality,
  quantileOf,
  type VarietyComparison,
} from '@countermark/evaluation';
import { formatLog10 } from '@countermark/report';
import { oneLine } from '../output.ts';
import type { Evaluation } from './evaluation.ts';

/**
 * Describes an evaluation for people: what was measured, a table of attacks, and one of quality.
 *
 * @param model what the model was called.
 */
export function describeEvaluation(model: string, evaluation: Evaluation): string {
  const { keyId, scheme, answers, tokens, prompts, alpha, minTokens, unmarkedText } = evaluation;
  const { canonical, leftOut, controls, quality, variety, qualityLeftOut } = evaluation;
  const source =
    unmarkedText.source === 'model' ? 'unmarked answers of the same model' : oneLine(unmarkedText.file ?? '');
  const lines = [
    `model      ${oneLine(model)}, ${answers} answers of ${tokens} tokens to ${prompts} prompts, ${samplingOf(evaluation)}`,
    `key        ${keyId}, ${scheme.kind}`,
    `level      ${alpha}; fewer than ${minTokens} scored tokens are inconclusive, and count as not detected`,
    `unmarked   text to mix and splice with: ${source}, ${unmarkedText.words} words`,
    `canonical  ${canonical} of ${answers} marked answers are tokenized to the ids that were generated`,
    `controls   ${controls.detected} of ${controls.tests} tests of unmarked answers or with a wrong key detected a mark`,
    '',
    ATTACK_COLUMNS,
    ...evaluation.rows.map(attackLine),
    ...leftOut.map(({ attack, missing }) => `${attack}: left out, ${missing} missing`),
    '',
    ...(quality === undefined ? [`quality: left out, ${qualityLeftOut}`] : qualityLines(quality)),
    '',
    ...(variety === undefined ? [] : [...varietyLines(variety), '']),
    'The interval of a rate takes answers for independent; they share a key and prompts. Those of quality and variety resample prompts.',
    '',
  ];
  return lines.join('\n');
}

function samplingOf({ sampling: { temperature = 1, topK, topP } }: Evaluation): string {
  const parts = [`temperature ${temperature}`];
  if (topK !== undefined) parts.push(`top-k ${topK}`);
  if (topP !== undefined) parts.push(`top-p ${topP}`);
  return parts.join(', ');
}

const ATTACK_COLUMNS = attackCells(
  ...['attack', 'strength', 'touched', 'read as', 'detected', '95 % interval', 'inconcl.', 'median log10 p'],
  ...['scored', 'unmarked', 'wrong key'],
);

function attackLine({ attack, strength, reading, touched, marked, unmarked, wrongKey }: AttackRow): string {
  const { detected, documents, interval, inconclusive, medianLog10PValue, medianScored } = marked;
  return attackCells(
    attack,
    String(strength),
    `${(100 * touched).toFixed(1)} %`,
    reading,
    `${detected} of ${documents}`,
    outwards(interval),
    String(inconclusive),
    formatLog10(medianLog10PValue, 2),
    String(medianScored),
    String(unmarked.detected),
    String(wrongKey.detected),
  );
}

// Rounded so that the range shown holds the interval.
function outwards({ low, high }: Interval): string {
  return `${(Math.floor(1000 * low) / 10).toFixed(1)} to ${(Math.ceil(1000 * high) / 10).toFixed(1)} %`;
}

function attackCells(...cells: string[]): string {
  const widths = [-15, 8, 9, -12, 10, 16, 8, 14, 7, 8, 9];
  return padded(cells, widths);
}

function qualityLines({ logPerplexity, distinct, overlap }: Quality): string[] {
  const { marked, unmarked, difference } = logPerplexity;
  const comparison = (name: string, figures: Comparison): string =>
    qualityCells(
      name,
      ...[figures.marked, figures.unmarked, figures.difference].map((each) => rangeOf(each, 4)),
    );
  return [
    qualityCells('quality', 'marked', 'unmarked', 'difference'),
    qualityCells(
      'perplexity',
      rangeOf(exponential(marked), 2),
      rangeOf(exponential(unmarked), 2),
      `${rangeOf(exponential(difference), 3)} times`,
    ),
    ...distinct.map((figures, i) => comparison(`distinct-${i + 1}`, figures)),
    comparison('overlap, 4-grams', overlap),
  ];
}

const QUANTILES: readonly (readonly [string, number])[] = [
  ['least', 0],
  ['10 %', 0.1],
  ['median', 0.5],
  ['90 %', 0.9],
  ['most', 1],
];

// Quantiles over prompts, then each prompt: a mean hides the one question whose answers are all alike.
function varietyLines({ kinds, prompts, answers, tokens }: VarietyComparison): string[] {
  const quantiles = QUANTILES.map(([name]) => name);
  return [
    `variety    of ${answers} answers of ${tokens} tokens to each of ${prompts} prompts; quantiles are over prompts`,
    ...kinds.flatMap(({ kind, figures }) => [
      padded(['', 'unmarked', `marked, ${kind}`, 'mean of marked'], [-30, -38, -41, -20]),
      varietyCells('', ...quantiles, ...quantiles, 'less that of unmarked'),
      ...figures.map(({ name, marked, unmarked, mean }) =>
        varietyCells(
          labelOf(name),
          ...[unmarked, marked].flatMap((each) =>
            QUANTILES.map(([, share]) => quantileOf(each, share).toFixed(3)),
          ),
          rangeOf(mean.difference, 3),
        ),
      ),
    ]),
    ...PROMPT_FIGURES.flatMap((name) => [
      '',
      promptCells(labelOf(name), 'unmarked', ...kinds.map(({ kind }) => kind)),
      ...Array.from({ length: prompts }, (_, i) => {
        const ofKinds = kinds.map(({ figures }) => figures.find((figure) => figure.name === name));
        const shown = [ofKinds[0]?.unmarked[i], ...ofKinds.map((figure) => figure?.marked[i])];
        return promptCells(`prompt ${i + 1}`, ...shown.map((value = NaN) => value.toFixed(3)));
      }),
    ]),
  ];
}

// What is shown of each prompt.
const PROMPT_FIGURES = ['openings-8', 'shared-6'];

function labelOf(figure: string): string {
  const [name, tokens] = figure.split('-');
  if (name === 'openings') return `different openings, ${tokens} tokens`;
  return name === 'shared' ? `shared ${tokens}-grams` : figure;
}

function varietyCells(...cells: string[]): string {
  const columns = QUANTILES.map(() => 6);
  return padded(cells, [-30, ...columns, 9, ...columns.slice(1), 30]);
}

function promptCells(...cells: string[]): string {
  return padded(cells, [-30, 16, 16, 16, 16]);
}

function exponential({ value, low, high }: Estimate): Estimate {
  return { value: Math.exp(value), low: Math.exp(low), high: Math.exp(high) };
}

function rangeOf({ value, low, high }: Estimate, digits: number): string {
  return `${value.toFixed(digits)} (${low.toFixed(digits)} to ${high.toFixed(digits)})`;
}

function qualityCells(...cells: string[]): string {
  return padded(cells, [-17, -30, -30, -36]);
}

// Negative widths pad on the right.
function padded(cells: readonly string[], widths: readonly number[]): string {
  return cells
    .map((cell, i) => {
      const width = widths[i] ?? 0;
      return width < 0 ? cell.padEnd(-width) : cell.padStart(width);
    })
    .join('  ')
    .trimEnd();
}
