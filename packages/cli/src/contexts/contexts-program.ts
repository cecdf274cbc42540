import { ContextCollector, ContextSetError } from '@countermark/audit';
import { CorpusError, parseManifest } from '@countermark/corpus';
import { openTools, type ShardProgram, walkShard } from '@countermark/corpus/driver';
import { normalizeBy } from '@countermark/detector';
import { checkTokenIds, encodeText, tokenizerOf } from '@countermark/detector/score';

/** What all shards have in common. Stays inside the process: it holds the key. */
export interface ContextsSetup {
  /** Text of the manifest's file. */
  readonly manifest: string;
  readonly keyFiles: readonly string[];
  /** Names or paths. */
  readonly tokenizers: readonly string[];
  readonly bits: number;
  readonly byGroup: boolean;
}

/** What is told of a shard when its set is published. */
export interface ContextsOutcome {
  readonly shard: number;
}

export const CONTEXTS_COUNTERS = ['documents', 'tokens', 'bytes'] as const;
export type ContextsCounter = (typeof CONTEXTS_COUNTERS)[number];

/** Names the set of a shard. */
export function shardSetName(shard: number, bits: number): string {
  return `shard-${String(shard).padStart(6, '0')}-${bits}.contexts`;
}

/** Collecting: a shard becomes the set of the contexts in it. */
export const contextsProgram: ShardProgram<ContextsSetup, ContextsOutcome, ContextsCounter> = {
  counters: CONTEXTS_COUNTERS,
  async open({ manifest: text, keyFiles, tokenizers: names, bits, byGroup }) {
    const manifest = parseManifest(text);
    const { keys, tokenizers } = await openTools(manifest, keyFiles, names);
    const key = keys[0];
    if (key === undefined) throw new TypeError('contexts are collected under one key');
    const { normalization } = manifest.settings;
    const encode = (segment: string): Uint32Array =>
      encodeText(normalizeBy(segment, normalization).text, tokenizerOf(key, tokenizers));
    return {
      fileOf: (shard) => shardSetName(shard, bits),
      async make(shard, { refused, at, count }) {
        const collector = new ContextCollector(key, { bits, byGroup });
        try {
          let records = 0;
          const sink = {
            get records() {
              return records;
            },
            add({ segments, group }: Parameters<Parameters<typeof walkShard>[2]['add']>[0]) {
              const isText = typeof segments[0] === 'string';
              const tokenIds = segments.map((one) => (typeof one === 'string' ? encode(one) : one));
              for (const ids of tokenIds) checkTokenIds(ids, key.vocabSize);
              collector.add({ segments: tokenIds, isText, group });
              count('documents', 1);
              count(
                'tokens',
                tokenIds.reduce((sum, { length }) => sum + length, 0),
              );
            },
            endFile(read: { readonly records: number }, failures: { readonly records: number }) {
              records += read.records;
              collector.fail(failures.records);
            },
          };
          await walkShard(manifest, shard, sink, {
            refused,
            progress: { at, read: (bytes) => count('bytes', bytes) },
          });
          return { bytes: collector.format(), outcome: { shard } };
        } catch (error) {
          if (!(error instanceof ContextSetError)) throw error;
          // Between threads only a corpus's errors keep what they are.
          throw new CorpusError('unsupported', error.message, { cause: error });
        } finally {
          collector.close();
        }
      },
    };
  },
};
