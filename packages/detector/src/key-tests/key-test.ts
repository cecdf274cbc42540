/** How one key tests a document: by a law, by other keys of its layers, or by its rank among random keys. */
import type { WordScore } from '@countermark/watermark/scheme';
import type { DocumentScore } from '../score/score-document.ts';
import type { Dedup } from '../score/scorer.ts';
import type { Statistic } from '../score/statistic.ts';
import type { TokenWeights } from '../weights/token-weights.ts';
import type { Grounds } from './grounds.ts';
import type { KeyRank } from './key-rank.ts';

/**
 * Computes log10 of the p-value of scored tuples `start` to `end − 1` of a document, whatever the key supports: that bounds what comes
 * of a search once, and not each of its windows.
 */
export type StretchTail = (start: number, end: number) => number;

/** Keys that layers' own were compared with: all that there are. */
export interface LayerLaw {
  /** Keys of one layer that the mark can tell apart. */
  readonly shifts: number;
  /** Layers whose keys were compared. */
  readonly layers: number;
}

/** What a key says of a document, before any correction. */
export interface KeyScore extends DocumentScore {
  readonly statistic: Statistic;
  readonly log10EValue: number;
  /** log10 of the least p-value that the test can give. */
  readonly log10LeastPValue: number;
  /** Tests parts of the document, where that is not the tail of the reading's law at their sum. */
  readonly tailOf?: StretchTail | undefined;
  /** What the p-value rests on where it is a rank. */
  readonly rank?: KeyRank | undefined;
  /** Shifts that a layer's key may have and layers that were tested, where the p-value rests on the law over all of them. */
  readonly layerLaw?: LayerLaw | undefined;
  /** Random keys that each layer's own was compared with, where that is what the p-value rests on. */
  readonly layerKeys?: { readonly count: number; readonly seed: string } | undefined;
}

/** A key that tests documents; it holds what it derived until closed. */
export interface KeyTest {
  /** What each token's word scores. */
  readonly wordScore: WordScore;
  /** Tokens before a scored one, h. */
  readonly contextWidth: number;
  /** What its p-values rest on. */
  readonly grounds: Grounds;
  /**
   * Tests one document.
   *
   * @throws as `Scorer.score` does.
   */
  run(tokenIds: Uint32Array, dedup: Dedup, traced: boolean, weights: TokenWeights | undefined): KeyScore;
  close(): void;
}
