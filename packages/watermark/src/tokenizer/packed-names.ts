/** Names of tokens by id, in a few bytes each. */
export interface PackedNames {
  /** One above the largest id; 0 without any. */
  readonly size: number;
  nameOf(tokenId: number): string | undefined;
}

/**
 * Packs names into one array of bytes: a map of strings would take ten times the memory.
 *
 * @param names of tokens.
 * @param of    their ids `[names.length]`, below 2^32; of two names with one id the later counts.
 */
export function packNames(names: readonly string[], of: Uint32Array): PackedNames {
  const order = inOrder(of);
  const ids = Uint32Array.from(order, (i) => of[i]!);
  const ends = new Uint32Array(names.length);
  const encoder = new TextEncoder();
  let blob = new Uint8Array(8 * names.length + 64);
  let end = 0;
  for (let i = 0; i < order.length; i++) {
    const name = names[order[i]!]!;
    if (end + 3 * name.length > blob.length) {
      const larger = new Uint8Array(2 * blob.length + 3 * name.length);
      larger.set(blob);
      blob = larger;
    }
    end += encoder.encodeInto(name, blob.subarray(end)).written;
    ends[i] = end;
  }
  const bytes = blob.slice(0, end);
  const decoder = new TextDecoder('utf-8', { ignoreBOM: true });
  return {
    size: ids.length === 0 ? 0 : (ids.at(-1) ?? 0) + 1,
    nameOf(tokenId) {
      const at = lastAtMost(ids, tokenId);
      if (at < 0 || ids[at] !== tokenId) return undefined;
      return decoder.decode(bytes.subarray(at === 0 ? 0 : ends[at - 1], ends[at]));
    },
  };
}

// Which name comes when they are in the order of ids, as files have them mostly.
function inOrder(ids: Uint32Array): Uint32Array {
  const order = Uint32Array.from(ids, (_, i) => i);
  const isSorted = ids.every((id, i) => i === 0 || id >= ids[i - 1]!);
  return isSorted ? order : order.sort((a, b) => ids[a]! - ids[b]! || a - b);
}

function lastAtMost(ids: Uint32Array, id: number): number {
  let low = 0;
  let high = ids.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((ids[middle] ?? 0) <= id) low = middle + 1;
    else high = middle;
  }
  return low - 1;
}
