/**
 * Does work for items in their order, and begins some before they are asked for.
 *
 * @param most items whose work is under way, or done and not yet asked for.
 * @returns a function that gives what the next item's work gave, and fails as that failed; of an item that is never asked for, a failure
 *   is nobody's.
 * @throws {RangeError} from that function, if there is no next item.
 */
export function beginAhead<T, R>(
  items: readonly T[],
  most: number,
  work: (item: T) => Promise<R>,
): () => Promise<R> {
  const begun: Promise<R>[] = [];
  let next = 0;
  return async () => {
    for (; begun.length < most && next < items.length; next++) {
      const doing = work(items[next] as T);
      doing.catch(() => undefined);
      begun.push(doing);
    }
    const first = begun.shift();
    if (first === undefined) throw new RangeError('"items" expected another one, got none');
    return first;
  };
}
