import { CorpusSample, MeanEValue } from '@countermark/detector/corpus';
import type { WatermarkKey } from '@countermark/watermark';
import type { Manifest } from '../manifest/manifest.ts';
import type { Part } from '../parts/part.ts';
import { RunningEvidence } from './running-evidence.ts';

/**
 * Creates the rule by which a scan may stop early: when the running evidence of a key is such that the verdict on the whole
 * will be `detected` whatever the corrections. It takes every part in the order of the shards.
 *
 * The verdict doubles the smaller p-value of two tests and multiplies by the number of keys at most, so 2 · keys / alpha on
 * one of the two e-values suffices.
 *
 * @returns a function that takes the next part and says whether the evidence suffices.
 */
export function createStopRule(manifest: Manifest, keys: readonly WatermarkKey[]): (part: Part) => boolean {
  const { alpha, sampleSize, sampleLevel, minTokens } = manifest.settings;
  const log10Needed = Math.log10((2 * keys.length) / alpha);
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
