/** The program of a thread that merges: one of the two rounds, for stretches of parts. */
import { serveThread } from '@countermark/host';
import { CORPUS_ERRORS } from '../shards/corpus-errors.ts';
import { openRound, type RoundSetup, type RoundTask } from './run-round.ts';

await serveThread((setup: RoundSetup) => {
  const round = openRound(setup);
  return {
    async answer(task: RoundTask) {
      const result = await round(task);
      return 'tallies' in result ? { ...result, tallies: result.tallies.carry() } : result;
    },
  };
}, CORPUS_ERRORS);
