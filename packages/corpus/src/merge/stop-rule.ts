import { CorpusSample, MeanEValue } from '@countermark/detector/corpus';
import type { WatermarkKey } from '@countermark/watermark';
import type { Manifest } from '../manifest/manifest.ts';
import type { Part } from '../parts/part.ts';
import { RunningEvidence } from './running-evidence.ts';

/** Tests of one key in a scan that is tested whole, whatever is found: of the sample, and of the documents. */
export const FINAL_TESTS = 2;
/**
 * Tests of one key in a scan that this rule watches: the two running e-values, and the two of the whole if it comes to that.
 * Which pair is reported depends on the data, so all four count: else a scan could reject twice as often as its level says.
 */
export const WATCHED_TESTS = 4;

/**
 * Creates the rule by which a scan may stop early: when the running evidence of a key is such that the verdict on the whole
 * will be `detected` whatever the corrections. It takes every part in the order of the shards.
 *
 * The verdict multiplies the smallest p-value by {@link WATCHED_TESTS} and by the number of keys at most, so that product over
 * alpha suffices for one of the two e-values.
 *
 * @returns a function that takes the next part and says whether the evidence suffices.
 */
export function createStopRule(manifest: Manifest, keys: readonly WatermarkKey[]): (part: Part) => boolean {
  const { alpha, sampleSize, sampleLevel, minTokens } = manifest.settings;
  const log10Needed = Math.log10((WATCHED_TESTS * keys.length) / alpha);
  const lanes = keys.map((key) => ({
    sample: new CorpusSample(key, { size: sampleSize, level: sampleLevel }),
    running: new RunningEvidence(manifest.shards.length),
  }));
  return (part) => {
    let isEnough = false;
    for (const [i, { sample, running }] of lanes.entries()) {
      const { count = 0, log10Sum = null } = part.eValues[i] ?? {};
      const shard = part.samples[i];
      if (shard !== undefined) sample.merge(shard);
      running.add(MeanEValue.of(count, log10Sum ?? -Infinity));
      const log10EValue = Math.max(sample.log10EValue(), running.log10OfDocuments());
      isEnough ||= log10EValue >= log10Needed && sample.test().scored >= minTokens;
    }
    return isEnough;
  };
}
