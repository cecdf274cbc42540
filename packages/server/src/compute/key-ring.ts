import { Detector, type DetectorOptions } from '@countermark/detector';
import { WatermarkKey } from '@countermark/watermark';
import type { PostedKey } from './task.ts';

/** Detectors that a thread keeps; beyond these, those not used for longest are closed. */
const MAX_DETECTORS = 32;
/** Keys of all of them together: each costs some 65 kB. */
const MAX_DETECTOR_KEYS = 4000;

interface HeldKey {
  readonly key: WatermarkKey;
  used: number;
}

/** The keys of a worker thread with the detectors made from them, for as long as they are used. */
export class KeyRing {
  readonly #keys = new Map<string, HeldKey>();
  // The one used last comes last.
  readonly #detectors = new Map<
    string,
    { readonly detector: Detector; readonly keyIds: readonly string[] }
  >();
  readonly #now: () => number;

  /** @param now milliseconds of a clock. */
  constructor(now: () => number = () => performance.now()) {
    this.#now = now;
  }

  /** Takes a key, and wipes what it came in. */
  add({ params, secret }: PostedKey): void {
    const key = new WatermarkKey(params, secret);
    secret.fill(0);
    const held = this.#keys.get(key.keyId);
    if (held === undefined) this.#keys.set(key.keyId, { key, used: this.#now() });
    else held.used = this.#now();
  }

  /** Returns a key that is held. */
  get(keyId: string): WatermarkKey | undefined {
    const held = this.#keys.get(keyId);
    if (held === undefined) return undefined;
    held.used = this.#now();
    return held.key;
  }

  /** Returns a detector for keys that are held, in this order. Not the caller's to close. */
  detector(keys: readonly WatermarkKey[], options: DetectorOptions): Detector {
    const keyIds = keys.map(({ keyId }) => keyId);
    const { tokenizers, ...settings } = options;
    const name = JSON.stringify([keyIds, tokenizers?.map(({ fingerprint }) => fingerprint), settings]);
    const entry = this.#detectors.get(name) ?? { detector: new Detector(keys, options), keyIds };
    this.#detectors.delete(name);
    this.#detectors.set(name, entry);
    const held = (): number =>
      [...this.#detectors.values()].reduce((sum, { keyIds: each }) => sum + each.length, 0);
    while (this.#detectors.size > 1 && (this.#detectors.size > MAX_DETECTORS || held() > MAX_DETECTOR_KEYS)) {
      const [oldest] = this.#detectors.keys();
      if (oldest !== undefined) this.#close(oldest);
    }
    return entry.detector;
  }

  /** Lets go of keys that were not used for so many milliseconds, and overwrites what was derived from them. */
  forget(idleMs: number): void {
    const now = this.#now();
    for (const [keyId, { used }] of this.#keys) {
      if (now - used < idleMs) continue;
      this.#keys.delete(keyId);
      for (const [name, { keyIds }] of this.#detectors) {
        if (keyIds.includes(keyId)) this.#close(name);
      }
    }
  }

  #close(name: string): void {
    this.#detectors.get(name)?.detector.close();
    this.#detectors.delete(name);
  }
}
