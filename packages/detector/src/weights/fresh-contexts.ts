/**
 * Says at which positions the context did not occur earlier in a document: Uint8Array `[n]`, 1 or 0.
 *
 * A response marks each context once and samples plainly after it. Its other tokens are unmarked, and unlikely ones
 * among them would weigh against the mark. It depends on token ids alone, so leaving them out leaves the null law as it is.
 *
 * @param tokenIds Uint32Array `[n]`.
 * @param width    context width h; the first h positions have no context, and get 0.
 */
export function freshContexts(tokenIds: Uint32Array, width: number): Uint8Array {
  const seen = new Set<string>();
  return Uint8Array.from(tokenIds, (_, position) => {
    if (position < width) return 0;
    const context = tokenIds.subarray(position - width, position).join();
    if (seen.has(context)) return 0;
    seen.add(context);
    return 1;
  });
}
