/** Answers at random, the sets of their contexts, and the contexts as the key has them. */
import { ContextCollector, ContextSet, mergeContextSets } from '@countermark/audit';
import { seededRandom, type WatermarkKey } from '@countermark/watermark';
import { HEADER_WORDS } from '@countermark/watermark/scheme';
import { keyFrom } from '../../support/random-key.ts';

export const VOCABULARY = 1000;
export const key: WatermarkKey = keyFrom('served', VOCABULARY, { contextWidth: 2 });

export interface Answer {
  readonly tokenIds: Uint32Array;
  readonly group?: string;
}

export function randomAnswers(
  seed: string,
  count: number,
  length: number,
  groups: readonly string[] = [],
): Answer[] {
  const random = seededRandom(seed);
  return Array.from({ length: count }, () => {
    const tokenIds = Uint32Array.from({ length }, () => Math.floor(VOCABULARY * random()));
    const group = groups[Math.floor(groups.length * random())];
    return group === undefined ? { tokenIds } : { tokenIds, group };
  });
}

export function collected(
  answers: readonly Answer[],
  { of = key, bits = 40, byGroup = false }: { of?: WatermarkKey; bits?: number; byGroup?: boolean } = {},
): Uint8Array {
  const collector = new ContextCollector(of, { bits, byGroup });
  try {
    for (const { tokenIds, group } of answers) collector.add({ segments: [tokenIds], isText: false, group });
    return collector.format();
  } finally {
    collector.close();
  }
}

export function merged(files: readonly Uint8Array[]): Uint8Array {
  const pieces = [...mergeContextSets(files.map((file) => ContextSet.parse([file])))];
  return Buffer.concat(pieces);
}

/** Salts of all contexts of texts, and of the one at each end, by slot. */
export function saltsOf(answers: readonly Answer[]): {
  common: [number, number][];
  others: [number, number][];
} {
  const mark = key.openScoring();
  const common: [number, number][] = [];
  const others: [number, number][] = [];
  for (const { tokenIds } of answers) {
    const headers = new Uint32Array(HEADER_WORDS * (tokenIds.length - 1));
    mark.source.sequenceHeaders(tokenIds, headers);
    for (let at = 0; at < headers.length; at += HEADER_WORDS) {
      const list = headers[at]! < mark.commonLimit ? common : others;
      list.push([headers[at + 2]!, headers[at + 3]!]);
    }
  }
  mark.source.close();
  return { common, others };
}
