// Draws docs/plots/heat-map.svg: two answers of the bundled model, one marked and one not, as the detector's report colours them.
//   node bench/dist/heat-map-picture.js
import { writeFileSync } from 'node:fs';
import { demoModelDirectory, demoModelFiles } from '@countermark/demo-model';
import { Detector, nullTailLog10, type ReportedDetection, TOKEN_STATUSES } from '@countermark/detector';
import { type TokenPiece, tokenPieces } from '@countermark/detector/report';
import { generateAnswer } from '@countermark/evaluation';
import { escapeHtml, formatPValue } from '@countermark/report';
import {
  createParams,
  createPlainSampler,
  seededRandom,
  type TokenSampler,
  Watermarker,
  WatermarkKey,
} from '@countermark/watermark';
import { loadOnnxModel } from '@countermark/watermark/integrations/onnxruntime';
import { openTokenizer } from '@countermark/watermark/tokenizer';

const PROMPT = 'The state of the nation is';
const TOKENS = 300;
/** Tokens of each answer that are drawn. */
const DRAWN = 120;
const SCORED = TOKEN_STATUSES.indexOf('scored');
// −log10 P(one unmarked token scores as much), and how strongly it is coloured: the steps of the report.
const LEVELS: readonly [number, number][] = [
  [2, 0.85],
  [1.3, 0.6],
  [0.6, 0.35],
  [0.3, 0.15],
];
const CHARACTER = 7.8;
const LINE = 22;
const WIDTH = 860;
const LEFT = 20;

const model = await loadOnnxModel(demoModelFiles().onnxModel, { session: { intraOpNumThreads: 1 } });
const tokenizer = await openTokenizer(`${demoModelDirectory()}/tokenizer.json`);
const { vocabSize, fingerprint } = tokenizer;
const key = new WatermarkKey(
  createParams({ tokenizer: { name: 'demo', vocabSize, fingerprint } }),
  new Uint8Array(32).fill(0x43),
);
const watermarker = new Watermarker(key);
const detector = new Detector([key], { tokenizers: [tokenizer] });
const prompt = tokenizer.encode(PROMPT);
const random = seededRandom('picture');
const marked = await traced(watermarker.start({ prompt, random }));
const unmarked = await traced(createPlainSampler(vocabSize, {}, random));
writeFileSync(new URL('../../docs/plots/heat-map.svg', import.meta.url), picture());
watermarker.close();
detector.close();
tokenizer.close();
await model.close();

async function traced(sampler: TokenSampler): Promise<ReportedDetection> {
  const { text } = await generateAnswer({ model, tokenizer, prompt, sampler, tokens: TOKENS });
  return detector.report(text);
}

function picture(): string {
  const first = answerOf('an answer with the mark', marked, 30);
  const second = answerOf('an answer without it', unmarked, first.end + 34);
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${WIDTH} ${second.end + 4}" font-family="ui-monospace, Menlo, Consolas, monospace" font-size="13" role="img" aria-label="Two answers of one model, token by token: many tokens of the marked one are coloured strongly, few of the other">
<rect width="100%" height="100%" fill="#ffffff"/>
${first.svg}${second.svg}</svg>
`;
}

function answerOf(name: string, of: ReportedDetection, top: number): { svg: string; end: number } {
  const { detection } = of;
  const verdict = `${detection.verdict.replace('-', ' ')}, p = ${formatPValue(detection.log10PValue)}, ${detection.scored} of ${detection.total} tokens scored`;
  let svg = `<text x="${LEFT}" y="${top}" fill="#1c1c1e" font-family="system-ui, sans-serif" font-size="15"><tspan font-weight="600">${name}</tspan>: ${verdict}</text>\n`;
  let x = LEFT;
  let y = top + 30;
  for (const piece of tokenPieces(of, DRAWN)) {
    const text = piece.text.replace(/\s+/g, ' ');
    const width = text.length * CHARACTER;
    if (x + width > WIDTH - LEFT) {
      x = LEFT;
      y += LINE;
    }
    const opacity = opacityOf(of, piece);
    if (opacity > 0) {
      svg += `<rect x="${x.toFixed(1)}" y="${y - 14}" width="${width.toFixed(1)}" height="18" fill="#c45600" fill-opacity="${opacity}"/>`;
    }
    const colour = opacity < 0 ? '#9a9aa0' : '#1c1c1e';
    svg += `<text x="${x.toFixed(1)}" y="${y}" fill="${colour}" textLength="${width.toFixed(1)}" xml:space="preserve">${escapeHtml(text)}</text>\n`;
    x += width;
  }
  return { svg, end: y + 14 };
}

// 0 for a scored token that surprises nobody, −1 for one that is not scored.
function opacityOf({ statuses, scores, nullLaw }: ReportedDetection, { first, end }: TokenPiece): number {
  let strongest = -1;
  for (let position = first; position < end; position++) {
    if (statuses[position] !== SCORED) continue;
    const surprise = -nullTailLog10(nullLaw, 1, scores[position] as number);
    strongest = Math.max(strongest, LEVELS.find(([least]) => surprise >= least)?.[1] ?? 0);
  }
  return strongest;
}
