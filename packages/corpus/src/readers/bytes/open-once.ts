import { repeat } from '@countermark/host';
import { heldSource } from './held-source.ts';
import { unreadable } from './local-source.ts';
import { isUrl, type OpenSource, openSource } from './open-source.ts';
import { readSmall, type SmallFile } from './read-small.ts';

/** Files up to this size are held. */
const SMALL_BYTES = 2 ** 18;

/** Makes what opens a file several times and reads it once, if it is small and of this machine: its first bytes and records are wanted. */
export function openOnce(): OpenSource {
  const held = new Map<string, Promise<SmallFile>>();
  return async (location, reading) => {
    if (isUrl(location)) return openSource(location, reading);
    let file = held.get(location);
    if (file === undefined) {
      file = repeat(() => readSmall(location, SMALL_BYTES), { signal: reading.signal });
      held.set(location, file);
    }
    let bytes: Buffer | undefined;
    try {
      ({ bytes } = await file);
    } catch (error) {
      reading.signal?.throwIfAborted();
      throw unreadable(location, error);
    }
    return bytes === undefined ? openSource(location, reading) : heldSource(location, bytes, reading);
  };
}
