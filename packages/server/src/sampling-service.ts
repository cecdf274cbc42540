import type { Server } from 'node:http';
import { openTokenizer } from '@countermark/watermark/tokenizer';
import type { Logger } from 'pino';
import { accountSourceOf } from './accounts/named-account.ts';
import { CompletionModel } from './completions/completion-model.ts';
import { Completions } from './completions/completions.ts';
import type { Settings } from './config.ts';
import type { Metrics } from './http/metrics.ts';
import type { Route } from './http/route.ts';
import { completionRoutes } from './routes/completion-routes.ts';
import { sampleRoutes } from './routes/sample-routes.ts';
import { MarkingKeys } from './sampling/marking-keys.ts';
import { SampleStream } from './sampling/sample-stream.ts';
import { TokenChooser } from './sampling/token-chooser.ts';
import type { ApiKeys } from './store/api-keys.ts';
import type { KeyUses } from './store/key-uses.ts';
import type { WatermarkKeys } from './store/watermark-keys.ts';
import type { TokenizerList } from './tokenizer-list.ts';

/** What marks on a server: its routes, and its WebSockets. */
export interface SamplingService {
  readonly routes: readonly Route[];
  /** Takes the upgrades of a server. */
  attach(server: Server): void;
  /** Lets what is under way finish for a while. */
  drain(patienceMs: number): Promise<void>;
  close(): Promise<void>;
}

/** Makes what marks on a server. */
export function createSamplingService({
  apiKeys,
  keys,
  keyUses,
  deriveKey,
  tokenizers,
  settings,
  metrics,
  logger,
}: {
  readonly apiKeys: ApiKeys;
  readonly keys: WatermarkKeys;
  readonly keyUses: KeyUses;
  readonly deriveKey: (purpose: string) => Uint8Array;
  readonly tokenizers: TokenizerList;
  readonly settings: Settings;
  readonly metrics: Metrics;
  readonly logger: Logger;
}): SamplingService {
  const marking = new MarkingKeys(keys);
  const chooser = new TokenChooser(marking, keyUses);
  const stream = new SampleStream({
    apiKeys,
    chooser,
    metrics,
    logger,
    maxMessageBytes: settings.COUNTERMARK_MAX_BODY_BYTES,
    messageMs: settings.COUNTERMARK_BODY_MS,
    limits: settings,
  });
  // Those that were named first: they are likelier, and open faster.
  const sources = tokenizers.locations
    .toReversed()
    .map((name) => ({ name, open: () => openTokenizer(name) }));
  const model = new CompletionModel(settings.COUNTERMARK_MODEL, sources, logger);
  const completions = new Completions(model, keys, keyUses, deriveKey('seeds of completions'));
  return {
    routes: [
      ...sampleRoutes(chooser, keys, metrics, settings),
      ...completionRoutes({
        completions,
        accountSource: accountSourceOf(settings.COUNTERMARK_ACCOUNT_FROM) ?? 'tenant',
        metrics,
        logger,
      }),
    ],
    attach: (server) => stream.attach(server),
    drain: (patienceMs) => stream.drain(patienceMs),
    async close() {
      await completions.close();
      await marking.close();
    },
  };
}
