import type { InteropKey } from '@countermark/watermark/interop';
import { WatermarkKey } from '@countermark/watermark/scheme';

/** A key of ours, or of another watermark: docs/interop.md. */
export type DetectionKey = WatermarkKey | InteropKey;

/** Whether a key is of another watermark. */
export function isForeign(key: DetectionKey): key is InteropKey {
  return !(key instanceof WatermarkKey);
}

/** Returns the family of a key's score. */
export function schemeKindOf(key: DetectionKey): 'gumbel' | 'green-list' | 'tournament' {
  return isForeign(key) ? key.profile.scheme : key.params.scheme.kind;
}

/** Returns what people call a key's kind of mark: a scheme of ours, or a profile. */
export function markNameOf(key: DetectionKey): string {
  return isForeign(key) ? key.params.profile : key.params.scheme.kind;
}
