import { countOf, escapeName, formatCount, formatLevel, formatPValue } from '@countermark/report';
import type { ModelAuditResult } from '../result/audit-result.ts';
import { evidenceStrip } from './evidence-strip.ts';

/** Groups that are named in the first lines. */
const NAMED = 3;

/** Renders in plain words what was asked and found, how sure it is, and what it does not say. */
export function inShortSection(result: ModelAuditResult): string {
  const rows = [
    ['Asked', asked(result)],
    ['How sure', howSure(result)],
    ['How strong', howStrong(result)],
    ['Whose answers', whose(result)],
    ['Not said', notSaid(result)],
  ].filter(([, html]) => html !== '');
  const kind = result.verdict === 'trace-found' && result.decoys?.alarm !== true ? ' detected' : '';
  return `<section class="first">
<h2>In short</h2>
<p class="headline${kind}">${headline(result)}</p>
${evidenceStrip(result)}<table class="facts"><tbody>
${rows.map(([name = '', html = '']) => `<tr><th scope="row">${name}</th><td>${html}</td></tr>\n`).join('')}</tbody></table>
</section>
`;
}

function headline({ verdict, decoys }: ModelAuditResult): string {
  if (decoys?.alarm === true)
    return 'This result cannot be relied on: keys that nobody used seem to have left a trace, too.';
  if (verdict === 'trace-found')
    return 'We found a trace: this model, or something that it was made from, was given text with the mark of this key, or the key.';
  if (verdict === 'none-found')
    return 'We did not find a trace of this key. That does not show that there is none.';
  return 'There is too little to say whether this model learnt from text with the mark of this key.';
}

function asked({ access, counts, served }: ModelAuditResult): string {
  const what =
    access === 'answers'
      ? `${countOf(counts.records, 'answer')} of the model`
      : `what the model predicts while it reads ${countOf(counts.records, 'text')}`;
  const where = served === undefined ? '' : ' where, by the vendor’s logs, an answer with the mark had been';
  return `Whether ${what} lean towards the words that the key chose, at ${countOf(counts.contexts, 'place')}${where}.`;
}

function howSure({ verdict, decoys, log10PValue, log10LeastPValue, alpha }: ModelAuditResult): string {
  if (decoys?.alarm === true) return 'Not at all: see the alarm below.';
  if (verdict === 'inconclusive') return '';
  const p = formatPValue(log10PValue, log10LeastPValue);
  const level = `The limit of ${formatLevel(alpha)} was fixed beforehand.`;
  return verdict === 'trace-found'
    ? `A model that was made without the key and without marked text leans so strongly by chance with probability ${p} at most. ${level}`
    : `A model that was made without the key leans as strongly by chance with probability up to ${p}, which is above the limit. ${level}`;
}

function howStrong({ strength, alpha }: ModelAuditResult): string {
  if (strength === undefined) return '';
  const { atLeast, findable } = strength;
  const found =
    findable === undefined
      ? `With so few places no trace could have been found at ${formatLevel(alpha)}.`
      : `One of ${findable.toPrecision(2)} would have been found in 95 of 100 such audits.`;
  return `With 95 % confidence a word scores at least ${atLeast.toPrecision(2)} standard deviations more than by chance. ${found}`;
}

function whose({ groups }: ModelAuditResult): string {
  if (groups === undefined) return '';
  const { named, ranked, tested } = groups;
  if (named === 0) return `None of ${countOf(tested, 'group')} is named. That clears none.`;
  const names = ranked
    .slice(0, Math.min(named, NAMED))
    .map(({ name }) => `<span class="name" dir="auto">${escapeName(name)}</span>`);
  const more = named > names.length ? ` and ${formatCount(named - names.length)} more` : '';
  return `Of ${countOf(tested, 'group')} ${named === 1 ? 'one is' : `${formatCount(named)} are`} named: ${names.join(', ')}${more}. Answers that were given to nobody else reached the model; this does not show who brought them there.`;
}

function notSaid({ verdict }: ModelAuditResult): string {
  return verdict === 'trace-found'
    ? 'How much marked text it was, who gave it to the model, and whether anybody meant to.'
    : 'That the model is innocent.';
}
