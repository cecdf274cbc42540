/**
 * Says at which positions the context did not occur earlier in a document: Uint8Array `[n]`, 1 or 0.
 *
 * A response marks each context once and samples plainly after it. Its other tokens are unmarked, and unlikely ones
 * among them would weigh against the mark. It depends on token ids alone, so leaving them out leaves the null law as it is.
 *
 * @param segments Uint32Arrays `[n]` each; no context reaches from one to the next.
 * @param width    context width h; the first h positions of a segment have no context, and get 0.
 * @returns positions count through the segments.
 */
export function freshContexts(segments: readonly Uint32Array[], width: number): Uint8Array {
  const seen = new Set<string>();
  const fresh: number[] = [];
  for (const segment of segments) {
    for (let position = 0; position < segment.length; position++) {
      const context = position < width ? undefined : segment.subarray(position - width, position).join();
      fresh.push(context === undefined || seen.has(context) ? 0 : 1);
      if (context !== undefined) seen.add(context);
    }
  }
  return Uint8Array.from(fresh);
}
