/** How varied a sample of documents is: students repeat their teacher's turns of phrase. A lead, never proof. */
import { deflateSync } from 'node:zlib';
import { estimateEntropy } from './entropy.ts';
import { wordGrams, wordsOf } from './words.ts';

/** Grams of a block; of distinct-n, the share of different ones in a block. */
export const GRAM_BLOCK = 1000;
/** Blocks of grams: at least and at most. */
export const GRAM_BLOCKS: readonly [least: number, most: number] = [10, 100];
/** Bytes of UTF-8 of a block that is compressed. */
export const COMPRESSION_BLOCK = 16_384;
/** Blocks that are compressed: at least and at most. */
export const COMPRESSION_BLOCKS: readonly [least: number, most: number] = [5, 50];
/** Documents whose overlap is measured, and words of each: shorter documents are left out. */
export const OVERLAP_DOCUMENTS = 200;
/** Words of each of them, from its start. */
export const OVERLAP_WORDS = 100;
/** Documents whose openings are counted. */
export const OPENING_DOCUMENTS = 500;

const OVERLAP_GRAM = 4;
const OPENING_WORDS = 3;

/** Measures of a sample. Each has a budget of its own, so that none depends on the size of the corpus; null: the sample is too small. */
export interface DiversityMeasures {
  /** Documents in the sample. */
  readonly documents: number;
  /** Mean length of what the sample keeps of a document, in words. */
  readonly meanWords: number | null;
  /** Different words, pairs and triples in {@link GRAM_BLOCK} of them, 0 … 1, mean over blocks; the first is the type-token ratio. */
  readonly distinct: readonly [words: number | null, pairs: number | null, triples: number | null];
  /** Bytes of a block over its bytes after deflate at level 9, mean over blocks: larger for text that repeats itself. */
  readonly compression: number | null;
  /** Mean share of a document's 4-grams of words that one of {@link OVERLAP_DOCUMENTS} − 1 others has too. */
  readonly overlap: number | null;
  /** Entropy of a document's first three words, in bits, estimated from {@link OPENING_DOCUMENTS} documents. */
  readonly openingBits: number | null;
}

/**
 * Measures how varied texts are.
 *
 * @param texts `[documents]`, in a random order, as a `DocumentSample` lists them: budgets are filled from the first on.
 */
export function measureDiversity(texts: readonly string[]): DiversityMeasures {
  const words = texts.map(wordsOf);
  return {
    documents: texts.length,
    meanWords: texts.length === 0 ? null : mean(words.map(({ length }) => length)),
    distinct: [distinctInBlocks(words, 1), distinctInBlocks(words, 2), distinctInBlocks(words, 3)],
    compression: compressionInBlocks(texts),
    overlap: overlapBetween(words),
    openingBits: openingBits(words),
  };
}

// No gram reaches from one document to the next, and blocks of every n have as many grams.
function distinctInBlocks(documents: readonly (readonly string[])[], n: number): number | null {
  const [least, most] = GRAM_BLOCKS;
  const shares: number[] = [];
  let block = new Set<string>();
  let filled = 0;
  for (const words of documents) {
    for (const gram of wordGrams(words, n)) {
      block.add(gram);
      if (++filled < GRAM_BLOCK) continue;
      shares.push(block.size / GRAM_BLOCK);
      if (shares.length === most) return mean(shares);
      block = new Set();
      filled = 0;
    }
  }
  return shares.length < least ? null : mean(shares);
}

function compressionInBlocks(texts: readonly string[]): number | null {
  const [least, most] = COMPRESSION_BLOCKS;
  const bytes = Buffer.from(texts.join('\n'));
  const blocks = Math.min(most, Math.floor(bytes.length / COMPRESSION_BLOCK));
  if (blocks < least) return null;
  const ratios = Array.from({ length: blocks }, (_, i) => {
    const block = bytes.subarray(i * COMPRESSION_BLOCK, (i + 1) * COMPRESSION_BLOCK);
    return COMPRESSION_BLOCK / deflateSync(block, { level: 9 }).length;
  });
  return mean(ratios);
}

function overlapBetween(documents: readonly (readonly string[])[]): number | null {
  const grams = documents
    .filter(({ length }) => length >= OVERLAP_WORDS)
    .slice(0, OVERLAP_DOCUMENTS)
    .map((words) => new Set(wordGrams(words.slice(0, OVERLAP_WORDS), OVERLAP_GRAM)));
  if (grams.length < OVERLAP_DOCUMENTS) return null;
  const holders = new Map<string, number>();
  for (const gram of grams.flatMap((own) => [...own])) holders.set(gram, (holders.get(gram) ?? 0) + 1);
  return mean(grams.map((own) => [...own].filter((gram) => (holders.get(gram) ?? 0) > 1).length / own.size));
}

function openingBits(documents: readonly (readonly string[])[]): number | null {
  const openings = documents
    .filter(({ length }) => length >= OPENING_WORDS)
    .slice(0, OPENING_DOCUMENTS)
    .map((words) => words.slice(0, OPENING_WORDS).join(' '));
  return openings.length < OPENING_DOCUMENTS ? null : estimateEntropy(openings);
}

function mean(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length;
}
