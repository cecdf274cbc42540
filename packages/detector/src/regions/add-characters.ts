import type { Tokenizer } from '@countermark/watermark/tokenizer';
import type { SourceText } from '../read/document-reader.ts';
import { characterSpans } from './character-spans.ts';
import type { Region } from './region.ts';

/**
 * Returns regions with the characters of the given text that they cover.
 *
 * @param regions   disjoint, in the order of the document.
 * @param tokenIds  Uint32Array `[n]`, the tokens of `source.text`.
 */
export function addCharacters(
  regions: readonly Region[],
  tokenIds: Uint32Array,
  tokenizer: Tokenizer,
  source: SourceText,
): Region[] {
  if (regions.length === 0) return [];
  const offsets = tokenizer.byteOffsets(tokenIds, source.text);
  const edges = regions.flatMap(({ tokens }) => [offsets[tokens.start]!, offsets[tokens.end]!]);
  const bytes = source.originalOffsets(edges);
  const spans = characterSpans(
    source.original,
    regions.map((_, i) => ({ start: bytes[2 * i]!, end: bytes[2 * i + 1]! })),
  );
  return regions.map((region, i) => ({ ...region, characters: spans[i]! }));
}
