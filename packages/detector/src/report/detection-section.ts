import { curveSvg, dataTable, escapeName, formatLevel, formatPValue } from '@countermark/report';
import type { Detection } from '../detect/detection.ts';
import type { TokenReport } from '../detect/token-report.ts';
import { decoyAlarm } from './decoys-in-words.ts';
import { detectionFacts, keyTable } from './detection-facts.ts';
import { detectionSentence } from './detection-sentence.ts';
import { evidenceCurve } from './evidence-curve.ts';
import { heatMap } from './heat-map.ts';
import { tokenPieces } from './token-pieces.ts';

const CURVE_POINTS = 200;

/** A document as a section draws it. */
export interface DetectionSection {
  /** What people call it. */
  readonly name: string;
  readonly trace: TokenReport;
  /** Its final detection. */
  readonly detection: Detection;
  /** How many of its tokens to draw. */
  readonly drawn: number;
}

/** Renders what was found in one document. */
export function detectionSection({ name, trace, detection, drawn }: DetectionSection): string {
  const { regions, alpha, verdict } = detection;
  const spans = regions === undefined ? {} : { regions: regions.map(({ tokens }) => tokens) };
  return `<section class="document">
<h2 dir="auto">${escapeName(name)}</h2>
<p class="verdict ${verdict}">${detectionSentence(detection)}</p>
${alarms(detection)}${detectionFacts(detection)}${keyTable(detection)}
<h3>Evidence</h3>
${curveSvg(evidenceCurve(trace, CURVE_POINTS), { alpha, ...spans })}${curveNote(detection)}
${regionTable(detection)}
<h3>Tokens</h3>
${heatMap(trace, tokenPieces(trace, drawn), regions)}</section>
`;
}

function alarms({ keys }: Detection): string {
  return keys.map(({ decoys, keyId }) => decoyAlarm(decoys, keyId)).join('');
}

function curveNote({ regions, weighted, corrections, rank }: Detection): string {
  if (rank !== undefined)
    return '<p class="note">Only a whole text can be ranked: its parts have no p-value.</p>';
  const notes = [
    `This key’s own p-value on the first tokens${corrections.length > 0 ? ', before any correction' : ''}. Only its end is the test${regions === undefined ? '' : ' of the whole document'}: stopping where it happens to be lowest is no valid rule.`,
  ];
  if (regions !== undefined && regions.length > 0) notes.push('Shaded: the parts listed below.');
  if (weighted !== undefined) {
    notes.push('It makes no use of the weights, so its end is not the p-value that decided.');
  }
  return `<p class="note">${notes.join(' ')}</p>`;
}

function regionTable({ regions, alpha }: Detection): string {
  if (regions === undefined) return '';
  if (regions.length === 0) {
    return `<p>No part of the document was found to carry the mark at level ${formatLevel(alpha)}.</p>`;
  }
  const hasCharacters = regions.every(({ characters }) => characters !== undefined);
  return dataTable({
    caption:
      'Parts in which tokens are marked, framed below. The p-values are corrected for the search; borders are estimates.',
    headings: ['tokens', ...(hasCharacters ? ['characters'] : []), 'scored', 'p-value'],
    rows: regions.map(({ tokens, characters, scored, log10PValue }) => [
      { text: `${tokens.start} to ${tokens.end}`, value: tokens.start },
      ...(hasCharacters && characters !== undefined
        ? [{ text: `${characters.start} to ${characters.end}`, value: characters.start }]
        : []),
      { text: String(scored), value: scored },
      { text: formatPValue(log10PValue), value: log10PValue },
    ]),
  });
}
