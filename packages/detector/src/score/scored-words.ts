import { type ScoreRecord, TOKEN_STATUSES } from './scorer.ts';

const SCORED = TOKEN_STATUSES.indexOf('scored');
const DUPLICATE = TOKEN_STATUSES.indexOf('duplicate');

/** Lists where the scored tokens of a document are, ascending. */
export function scoredPositions({ statuses }: ScoreRecord): Uint32Array {
  const positions = new Uint32Array(statuses.length);
  let count = 0;
  for (let position = 0; position < statuses.length; position++) {
    if (statuses[position] === SCORED) positions[count++] = position;
  }
  return positions.subarray(0, count);
}

/**
 * Counts the repeated tuples of common slots before each scored one and after the one before it.
 *
 * @param positions Uint32Array `[n]`, as {@link scoredPositions} lists them.
 * @returns Uint32Array `[n]`.
 */
export function repeatsBefore(
  { statuses }: Pick<ScoreRecord, 'statuses'>,
  positions: Uint32Array,
): Uint32Array {
  let from = 0;
  return positions.map((position) => {
    let repeats = 0;
    for (; from < position; from++) if (statuses[from] === DUPLICATE) repeats++;
    from = position + 1;
    return repeats;
  });
}

/** Lists the words of the scored tokens of a document, in its order. */
export function scoredWords(trace: ScoreRecord): Uint32Array {
  return scoredPositions(trace).map((position) => trace.words[position]!);
}
