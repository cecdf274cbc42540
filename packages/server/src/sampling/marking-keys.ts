import { Watermarker, type WatermarkParams } from '@countermark/watermark';
import type { Caller } from '../access/scopes.ts';
import { DatabaseAwayError, HOLD_MS } from '../database/database-away.ts';
import { Problem, unknownKey } from '../http/problem.ts';
import {
  belongsTo,
  graceLeftMs,
  graceOf,
  type WatermarkKeyInfo,
  type WatermarkKeys,
} from '../store/watermark-keys.ts';
import { RESPONSE_IDLE_MS } from './remembered-responses.ts';

// How long an open key stays open without being used, in ms. Longer than a response is remembered, which it marks.
const IDLE_MS = 1.1 * RESPONSE_IDLE_MS;

// How long what the database said of a key is believed: a retired key may mark for so long.
const STATUS_MS = 1_000;

/** An active key, opened to mark. */
export interface MarkingKey {
  readonly keyId: string;
  readonly params: WatermarkParams;
  readonly watermarker: Watermarker;
}

interface Entry extends MarkingKey {
  readonly tenant: string | null;
  isActive: boolean;
  /** When its time of grace is over, by the clock that nobody sets; undefined while it is active. */
  ends: number | undefined;
  checked: number;
  used: number;
}

/** The keys that mark, open while they are used. */
export class MarkingKeys {
  readonly #keys: WatermarkKeys;
  readonly #entries = new Map<string, Promise<Entry>>();
  readonly #labels = new Map<string, { readonly keyId: string; readonly checked: number }>();
  readonly #timer: NodeJS.Timeout;

  constructor(keys: WatermarkKeys) {
    this.#keys = keys;
    this.#timer = setInterval(() => void this.#closeIdle(), RESPONSE_IDLE_MS / 10).unref();
  }

  /**
   * Returns an active key, to be used at once: it is closed when it has not been asked for in a while.
   *
   * @param caller whose key it has to be, or every tenant's.
   * @throws {Problem} `not-found` if there is none, `conflict` if it is retired.
   */
  async use(keyId: string, caller: Pick<Caller, 'tenant'>): Promise<MarkingKey> {
    const opening = this.#entries.get(keyId) ?? this.#open(keyId);
    this.#entries.set(keyId, opening);
    const entry = await opening;
    // Closed meanwhile, as it was idle.
    if (this.#entries.get(keyId) !== opening) return this.use(keyId, caller);
    if (!belongsTo(entry, caller)) throw unknownKey(keyId);
    entry.used = performance.now();
    if (performance.now() - entry.checked > STATUS_MS) await this.#check(entry);
    if (!entry.isActive) throw new Problem('conflict', `key ${keyId} is retired: it marks no more`);
    return entry;
  }

  /** As {@link use} does, for the active key of a label. */
  async useLabel(label: string, caller: Pick<Caller, 'tenant'>): Promise<MarkingKey> {
    // A tenant's own key goes before every tenant's of that label.
    const name = JSON.stringify([label, caller.tenant]);
    const known = this.#labels.get(name);
    if (known !== undefined && performance.now() - known.checked <= STATUS_MS)
      return this.use(known.keyId, caller);
    const info = await this.#keys.findActive(label, caller.tenant).catch((error: unknown) => {
      if (!(error instanceof DatabaseAwayError) || known === undefined) throw error;
      if (performance.now() - known.checked >= HOLD_MS) throw error;
      return known;
    });
    if (info !== undefined && info === known) return this.use(info.keyId, caller);
    this.#labels.delete(name);
    if (info === undefined) {
      throw new Problem('not-found', 'there is no active key of that label', { param: 'label' });
    }
    this.#labels.set(name, { keyId: info.keyId, checked: performance.now() });
    return this.use(info.keyId, caller);
  }

  /** Closes all of them. */
  async close(): Promise<void> {
    clearInterval(this.#timer);
    for (const entry of this.#entries.values()) await entry.then(closeEntry, () => undefined);
    this.#entries.clear();
  }

  async #open(keyId: string): Promise<Entry> {
    try {
      const info = await this.#keys.find(keyId);
      const key = info === undefined ? undefined : await this.#keys.open(keyId);
      if (info === undefined || key === undefined) throw unknownKey(keyId);
      const now = performance.now();
      const ends = info.status === 'active' ? undefined : now + graceLeftMs(info);
      return {
        keyId,
        tenant: info.tenant,
        params: info.params,
        watermarker: new Watermarker(key),
        isActive: marks(info, ends),
        ends,
        checked: now,
        used: now,
      };
    } catch (error) {
      this.#entries.delete(keyId);
      throw error;
    }
  }

  // While the database is away, what was known holds for a while.
  async #check(entry: Entry): Promise<void> {
    try {
      const info = await this.#keys.find(entry.keyId);
      const now = performance.now();
      if (info?.status === 'retired') {
        // Of one that was active a moment ago all of its time of grace is left, whatever a clock says that somebody sets.
        const wasActive = now - entry.checked < 5 * STATUS_MS;
        entry.ends ??= now + (wasActive ? graceOf(info) : graceLeftMs(info));
      }
      entry.isActive = info !== undefined && marks(info, entry.ends);
      entry.checked = performance.now();
    } catch (error) {
      if (!(error instanceof DatabaseAwayError && performance.now() - entry.checked < HOLD_MS)) throw error;
    }
  }

  async #closeIdle(): Promise<void> {
    for (const [keyId, opening] of this.#entries) {
      const entry = await opening.catch(() => undefined);
      if (entry === undefined || performance.now() - entry.used <= IDLE_MS) continue;
      this.#entries.delete(keyId);
      closeEntry(entry);
    }
  }
}

/** Whether a key marks, given when its time of grace is over by the clock that nobody sets. */
function marks({ status, marksUntil }: WatermarkKeyInfo, ends: number | undefined): boolean {
  return status === 'active' || (marksUntil !== null && ends !== undefined && performance.now() < ends);
}

function closeEntry(entry: Entry): void {
  entry.watermarker.close();
}
