import { loadLanguageIdentifier } from '@countermark/hints';
import { manifestDigest, parseManifest } from '../manifest/manifest.ts';
import { formatPart } from '../parts/format-part.ts';
import { labelOf, partName } from '../parts/part-store.ts';
import type { ShardProgram } from '../shards/shard-program.ts';
import { openTools } from './open-tools.ts';
import { scanShard } from './scan-shard.ts';
import {
  LOG10_STRONG,
  outcomeOf,
  SCAN_COUNTERS,
  type ScanCounter,
  type ScanOutcome,
  type WorkerSetup,
} from './scan-work.ts';

/** Scanning: a shard becomes its part. */
export const scanProgram: ShardProgram<WorkerSetup, ScanOutcome, ScanCounter> = {
  counters: SCAN_COUNTERS,
  async open({ manifest: text, keyFiles, tokenizers, strict }) {
    const manifest = parseManifest(text);
    const digest = manifestDigest(manifest);
    const opened = await openTools(manifest, keyFiles, tokenizers);
    const tools =
      manifest.settings.languages === true
        ? { ...opened, identifyLanguage: await loadLanguageIdentifier() }
        : opened;
    return {
      fileOf: partName,
      async make(shard, { refused, at, count }) {
        const part = await scanShard(manifest, shard, tools, {
          refused,
          strict,
          progress: {
            at,
            scored(tokens, log10PValue) {
              count('documents', 1);
              count('tokens', tokens);
              if (log10PValue <= LOG10_STRONG) count('strong', 1);
            },
            read: (bytes) => count('bytes', bytes),
          },
        });
        return {
          bytes: formatPart(part, manifest.settings.sampleSize),
          outcome: outcomeOf(part),
          label: labelOf(digest, shard),
        };
      },
    };
  },
};
