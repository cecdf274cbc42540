import { formatCount, formatLevel, formatPValue, wordsOfTokens } from '@countermark/report/numbers';
import type { Detection, PublicDetection, Verdict } from './detection.ts';
import { element } from './element.ts';

const HEADLINES: Readonly<Record<Verdict, string>> = {
  detected: 'Detected',
  'not-detected': 'Not detected',
  inconclusive: 'Inconclusive',
};

const LIMITS: Readonly<Record<Verdict, string>> = {
  detected: 'This does not show who put the marked text there, nor where the rest of the text comes from.',
  'not-detected':
    'This does not show that a person wrote the text: other models, other keys and rewriting leave no mark of these keys.',
  inconclusive: 'This says nothing either way. A longer text may have a result.',
};

/** Draws a verdict: in a word, in a sentence, in figures, and what it does not show. */
export function verdictView(detection: Detection | PublicDetection): HTMLElement {
  const { verdict } = detection;
  return element(
    'div',
    { class: `verdict-card ${verdict}` },
    element('h2', { class: 'headline' }, HEADLINES[verdict]),
    element('p', {}, sentenceOf(detection)),
    figures(detection),
    element('p', { class: 'note' }, LIMITS[verdict]),
  );
}

function sentenceOf(detection: Detection | PublicDetection): string {
  const { verdict } = detection;
  if (verdict === 'inconclusive') {
    if (detection.object !== 'detection')
      return `The text is too short: about ${formatCount(detection.minTokens)} tokens are needed, some ${wordsOfTokens(detection.minTokens)} words of English.`;
    return detection.scored < detection.minTokens
      ? `Too few tokens could be tested: ${formatCount(detection.minTokens)} are needed.`
      : 'Too few tokens could be tested to decide.';
  }
  if (verdict === 'not-detected')
    return 'The evidence for a mark does not reach the level that was fixed beforehand.';
  return `Text without the mark would look this marked with a probability of at most ${
    detection.object === 'detection'
      ? formatPValue(detection.log10PValue ?? -Infinity)
      : `1e-${detection.strength}${detection.strength === 6 ? ', one in a million' : ''}`
  }.`;
}

function figures(detection: Detection | PublicDetection): HTMLElement {
  const list = element('dl', { class: 'figures' });
  const add = (name: string, value: string): void => {
    list.append(element('div', {}, element('dt', {}, name), element('dd', {}, value)));
  };
  if (detection.object === 'detection') {
    const { log10PValue, alpha, scored, total, keys, keyId, accountSlots: slots } = detection;
    add('p-value', formatPValue(log10PValue ?? -Infinity));
    add('level', formatLevel(alpha));
    add('tokens scored', `${formatCount(scored)} of ${formatCount(total)}`);
    if (slots !== undefined)
      add('in account slots', `${formatCount(slots.scored)}, of ${formatCount(slots.accounts)} accounts`);
    add(keys.length === 1 ? 'key' : `strongest of ${keys.length} keys`, `${keyId.slice(0, 8)}…`);
  } else {
    const { strength } = detection;
    add('strength', strength === 0 ? 'none' : `p ≤ 1e-${strength}`);
  }
  return list;
}
