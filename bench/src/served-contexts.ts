// Measures sets of served contexts, for docs/radioactivity.md: size, time to collect, time to look up. Answers of random ids, so that hardly a context repeats.
import { ContextCollector, ContextSet } from '@countermark/audit';
import { createParams, WatermarkKey } from '@countermark/watermark';

const VOCABULARY = 50_000;
const LENGTH = 200;
const LOOKED = 200_000;

const tokenizer = { name: 'random', vocabSize: VOCABULARY, fingerprint: '0'.repeat(64) };
const key = new WatermarkKey(createParams({ tokenizer }), new Uint8Array(32).fill(3));
const below = (limit: number): number => Math.floor(limit * Math.random());

function seconds(work: () => void): number {
  const before = process.cpuUsage();
  work();
  return process.cpuUsage(before).user / 1e6;
}

for (const answers of [2_000, 20_000]) {
  const collector = new ContextCollector(key);
  let bytes = new Uint8Array();
  const collecting = seconds(() => {
    for (let i = 0; i < answers; i++) {
      const tokenIds = Uint32Array.from({ length: LENGTH }, () => below(VOCABULARY));
      collector.add({ segments: [tokenIds], isText: false });
    }
    bytes = Uint8Array.from(collector.format());
  });
  collector.close();
  const set = ContextSet.parse([bytes]);
  const looking = seconds(() => {
    for (let i = 0; i < LOOKED; i++) set.groupOf(below(2 ** 32), below(2 ** 32));
  });
  const { contexts, bits } = set.facts;
  const each = (8 * bytes.length) / contexts;
  console.log(
    `${contexts} contexts of ${answers} answers: ${each.toFixed(2)} bits each, log2(2^${bits} / n) + ${(each - bits + Math.log2(contexts)).toFixed(2)};`,
    `${Math.round((answers * LENGTH) / collecting)} tokens and ${Math.round(LOOKED / looking)} look-ups a second of one core`,
  );
}
