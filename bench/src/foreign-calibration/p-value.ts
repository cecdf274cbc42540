import { Detector, type DetectorOptions } from '@countermark/detector';
import { type AnyKey, isRefusal } from '@countermark/fixtures/calibration';

/** Random keys that a key is ranked among here, where its p-value is a rank: at least 0.01. */
const PERMUTATIONS = 99;

/**
 * Tests a text under a key, without decoys, which only make a p-value larger; returns log10 p. No evidence is p = 1: too few scored tokens, a refused configuration.
 *
 * @param draw makes the key.
 */
export function log10PValueUnder(
  draw: () => AnyKey,
  text: Uint32Array,
  options: DetectorOptions = {},
): number {
  let key: AnyKey;
  try {
    key = draw();
  } catch (error) {
    if (isRefusal(error)) return 0;
    throw error;
  }
  const detector = new Detector([key], { permutations: PERMUTATIONS, decoys: { count: 0 }, ...options });
  const { scored, minTokens, log10PValue } = detector.detect(text);
  detector.close();
  return scored < minTokens ? 0 : log10PValue;
}
