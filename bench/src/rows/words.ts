import { createWordSource } from '@countermark/watermark/scheme';
import { blake3 } from '@noble/hashes/blake3.js';
import { textLikeIds } from '../fixtures.ts';
import { measure, timesAsLong } from '../measure.ts';
import { atLeast, type Row } from '../row.ts';

const COUNT = 20_000;
const NOBLE_COUNT = 100;
const WIDTH = 4;

/** Words of (context, token), width 4, one thread, against noble reading the nearest block of its output. */
export function wordRows(): Row[] {
  const key = new Uint8Array(32).fill(5);
  const source = createWordSource(key, WIDTH);
  const tokenIds = textLikeIds(COUNT + WIDTH, 200_019, 1);
  const positions = Uint32Array.from({ length: COUNT }, (_, i) => i + WIDTH);
  const symbols = new Uint8Array(COUNT);
  const words = new Uint32Array(COUNT);
  const contexts = new Uint8Array(tokenIds.buffer);
  const { ours, noble } = measure({
    ours: () => {
      source.sequenceWords(tokenIds, positions, symbols, words);
      return COUNT;
    },
    // Block 1 is the first that is no header: noble reads its output from the front, so other tokens cost more.
    noble: () => {
      for (let i = 0; i < NOBLE_COUNT; i++) {
        blake3(contexts.subarray(4 * i, 4 * (i + WIDTH)), { key, dkLen: 128 });
      }
      return NOBLE_COUNT;
    },
  });
  source.close();
  const ratio = timesAsLong(noble, ours);
  const yardstick = '@noble/hashes blake3, keyed, 128 bytes of output';
  return [
    atLeast('words of (context, token), width 4', ours.perSecond / 1e6, 'million/s', 20, yardstick, ratio),
    atLeast('the same against noble', ratio, 'times', 80, yardstick, ratio),
  ];
}
