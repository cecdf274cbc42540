import type { Manifest } from '@countermark/corpus';
import { filesOfShard, tokensOf } from '@countermark/corpus/driver';
import { DocumentScorer } from '@countermark/detector/corpus';
import type { WatermarkKey } from '@countermark/watermark';
import { counted } from '../counted.ts';

/** Bytes a second that one core of a common server tokenizes, about. */
const TEXT_BYTES = 12e6;
const TRIAL_TOKENS = 65_536;

/**
 * Says what a scan will cost. Scoring is measured on this machine; how fast texts are tokenized is a figure from the
 * bench, and the sizes of tokens are guesses: within a factor of two.
 */
export function describeEstimate(manifest: Manifest, keys: readonly WatermarkKey[]): string {
  let tokens = 0;
  let textBytes = 0;
  const pieces = manifest.shards.flatMap(({ bytes }, i) => {
    const files = filesOfShard(manifest, i);
    // Files that share a shard are whole.
    return files.map((file) => ({ ...file, bytes: files.length === 1 ? bytes : file.size }));
  });
  for (const { location, reading, bytes } of pieces) {
    const shard = { location, reading, ...(bytes === undefined ? {} : { bytes }) };
    const own = tokensOf(shard);
    tokens += own;
    if (shard.reading.layout.kind !== 'ids') textBytes += 4 * own;
  }
  const lanes = 1 + manifest.settings.decoys;
  const seconds = textBytes / TEXT_BYTES + tokens * lanes * secondsPerToken(keys, manifest.settings);
  const bytes = manifest.shards.reduce((sum, { bytes: own = 0 }) => sum + own, 0);
  const unknown = manifest.shards.filter((shard) => shard.bytes === undefined).length;
  return [
    `${counted(bytes, 'byte')} in ${counted(manifest.files.length, 'file')}, about ${Number(tokens.toPrecision(2)).toLocaleString('en-US')} tokens`,
    `about ${hours(seconds)} on one core like this one, within a factor of two; shards share no work, so n cores take an n-th`,
    ...(unknown > 0
      ? [`${counted(unknown, 'shard is', 'shards are')} of unknown size and in neither figure`]
      : []),
  ].join('\n');
}

// Scoring's share, measured on token ids that no two of which repeat.
function secondsPerToken(keys: readonly WatermarkKey[], { windowTokens }: Manifest['settings']): number {
  const scorer = new DocumentScorer(
    [...keys].slice(0, 1),
    windowTokens === undefined ? {} : { windowTokens },
  );
  try {
    const vocabSize = keys[0]?.params.tokenizer.vocabSize ?? 2;
    const ids = Uint32Array.from({ length: TRIAL_TOKENS }, (_, i) => (i * 7919 + (i >>> 5)) % vocabSize);
    scorer.score([ids.subarray(0, TRIAL_TOKENS / 8)]);
    const started = performance.now();
    scorer.score([ids]);
    return ((performance.now() - started) / 1000 / TRIAL_TOKENS) * keys.length;
  } finally {
    scorer.close();
  }
}

function hours(seconds: number): string {
  if (seconds < 90) return counted(Math.max(1, Math.round(seconds)), 'core-second');
  if (seconds < 5400) return counted(seconds / 60, 'core-minute');
  return `${Number((seconds / 3600).toPrecision(2)).toLocaleString('en-US')} core-hours`;
}
