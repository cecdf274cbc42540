import type { ContextSet } from '@countermark/audit';
import { counted, withCommas } from '../counted.ts';

/** A set in figures: the fields of JSON. */
export function setFigures(set: ContextSet): object {
  return {
    object: 'context-set',
    ...set.facts,
    falsePositiveRate: set.falsePositiveRate,
    bytes: set.bytes,
    ...(set.facts.groups === undefined ? {} : { ofOneGroup: ofOneGroup(set) }),
    sha256: set.sha256,
  };
}

/** Describes a set in a few lines for people. */
export function describeSet(set: ContextSet): string {
  const { facts, bytes, falsePositiveRate } = set;
  const { contexts, answers, texts, tokens, failed, groups, bits, keyId } = facts;
  const size = contexts === 0 ? '' : `, ${((8 * bytes) / contexts).toFixed(1)} bits a context`;
  const lines = [
    `${counted(contexts, 'context')} of ${counted(answers, 'answer')}, ${counted(tokens, 'token')}`,
    `  kept     ${bits} bits of each: one that was not served is taken for served with probability ${falsePositiveRate.toPrecision(2)}`,
    `  size     ${counted(bytes, 'byte')}${size}`,
  ];
  if (groups !== undefined)
    lines.push(
      `  groups   ${withCommas(groups.length)}; ${withCommas(ofOneGroup(set))} contexts were served to one group only`,
    );
  if (texts > 0)
    lines.push(
      `  texts    ${counted(texts, 'answer')} without token ids: the contexts are those of their texts, tokenized again`,
    );
  if (failed > 0)
    lines.push(
      `  failed   ${counted(failed, 'record')} could not be read: of their contexts nothing is known`,
    );
  return [...lines, `  key      ${keyId}`].join('\n');
}

function ofOneGroup(set: ContextSet): number {
  let found = 0;
  for (const { groups, length } of set.blocks()) {
    for (let i = 0; i < length; i++) if (groups[i] !== 0) found++;
  }
  return found;
}
