import { type ScoreRecord, TOKEN_STATUSES } from './scorer.ts';

const SCORED = TOKEN_STATUSES.indexOf('scored');

/** Lists where the scored tokens of a document are, ascending. */
export function scoredPositions({ statuses }: ScoreRecord): Uint32Array {
  const positions = new Uint32Array(statuses.length);
  let count = 0;
  for (let position = 0; position < statuses.length; position++) {
    if (statuses[position] === SCORED) positions[count++] = position;
  }
  return positions.subarray(0, count);
}

/** Lists the words of the scored tokens of a document, in its order. */
export function scoredWords(trace: ScoreRecord): Uint32Array {
  return scoredPositions(trace).map((position) => trace.words[position]!);
}
