/** Raw files of token ids without ends of documents: passages of a stream one after the other, with marked answers among them. */
import { seededRandom } from '@countermark/watermark';

/** A file's ids, and where in it the answers are, `[answers]`. */
export interface RawIds {
  readonly ids: Uint16Array;
  readonly places: readonly number[];
}

/**
 * Puts answers among passages at even distances.
 *
 * @param stream   ids that the passages are taken from, at random places: they repeat where there are more of them than it holds.
 * @param passages how many, of 20 to 99 ids.
 * @param answers  fewer than `passages`.
 */
export function rawIds(
  stream: ArrayLike<number>,
  passages: number,
  answers: readonly ArrayLike<number>[],
  seed: string,
): RawIds {
  const random = seededRandom(seed);
  const spans: { readonly start: number; readonly length: number }[] = [];
  let length = answers.reduce((sum, answer) => sum + answer.length, 0);
  for (let i = 0; i < passages; i++) {
    const own = 20 + Math.floor(80 * random());
    spans.push({ start: Math.floor(random() * (stream.length - own)), length: own });
    length += own;
  }
  const ids = new Uint16Array(length);
  const places: number[] = [];
  let at = 0;
  const put = (source: ArrayLike<number>, start: number, count: number): void => {
    for (let i = 0; i < count; i++) ids[at++] = source[start + i]!;
  };
  for (const [i, span] of spans.entries()) {
    const next = answers[places.length];
    if (next !== undefined && i >= ((places.length + 0.5) * passages) / answers.length) {
      places.push(at);
      put(next, 0, next.length);
    }
    put(stream, span.start, span.length);
  }
  return { ids, places };
}

/** Token ids as Zipf has them: id i about as often as 1 / (i + 10). */
export function zipfIds(random: () => number, count: number, vocabSize: number): Uint16Array {
  const ratio = Math.log((vocabSize + 10) / 10);
  return Uint16Array.from({ length: count }, () =>
    Math.min(vocabSize - 1, Math.floor(10 * Math.exp(ratio * random()) - 10)),
  );
}
