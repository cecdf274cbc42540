import { availableParallelism } from 'node:os';
import { faultInWords } from '@countermark/watermark';
import { z } from 'zod';
import { accountSourceOf } from './accounts/named-account.ts';
import { ServerError } from './server-error.ts';

const MIB = 2 ** 20;

const flag = z.enum(['0', '1', 'false', 'true']).transform((value) => value === '1' || value === 'true');
const count = z.coerce.number().int().min(1);
const list = z.string().transform((value) =>
  value
    .split(',')
    .map((part) => part.trim())
    .filter((part) => part !== ''),
);

/** Every setting, by the name of its environment variable. The descriptions are the documentation's table. */
export const SETTINGS = {
  COUNTERMARK_HOST: z.string().default('127.0.0.1').describe('address to listen on'),
  COUNTERMARK_PORT: z.coerce
    .number()
    .int()
    .min(0)
    .max(65_535)
    .default(8080)
    .describe('port to listen on; 0 takes a free one'),
  COUNTERMARK_DATA: z
    .string()
    .default('countermark-data')
    .describe(
      'directory of the embedded database, uploads and results; shared by all machines of one database',
    ),
  DATABASE_URL: z
    .string()
    .optional()
    .describe(
      '`postgres://…`: the database that several servers and workers share, instead of the embedded one',
    ),
  COUNTERMARK_DATABASE_MS: count
    .default(5_000)
    .describe(
      'longest time of a statement of the shared database, or until there is a connection; then it is taken to be away',
    ),
  COUNTERMARK_MASTER_KEY: z
    .string()
    .optional()
    .describe('master key that vendor keys are sealed with, 32 bytes in base64url'),
  COUNTERMARK_MASTER_KEY_FILE: z
    .string()
    .optional()
    .describe(
      "file of the master key, mode 0600, or 0440 for the server's group (default `master.key` in the data directory, made there at first)",
    ),
  COUNTERMARK_PUBLIC: flag.default(true).describe('whether anybody may test texts for public keys'),
  COUNTERMARK_PUBLIC_BUDGET: count
    .default(60)
    .describe('detections a client of the public tier may ask for in an hour'),
  COUNTERMARK_PUBLIC_SIMILAR: count.default(5).describe('of these, how many may be about the same passages'),
  COUNTERMARK_PUBLIC_TOTAL: count
    .default(1000)
    .describe('detections that all clients of the public tier together may ask for in an hour'),
  COUNTERMARK_SHARED_DAYS: z.coerce
    .number()
    .min(0)
    .max(3650)
    .default(30)
    .describe('how long the address of a result of the public tier opens; 0 gives none'),
  COUNTERMARK_TRUST_PROXY: z.coerce
    .number()
    .int()
    .min(0)
    .default(0)
    .describe('proxies in front whose `X-Forwarded-For` is believed'),
  COUNTERMARK_CORS_ORIGINS: list
    .default([])
    .describe('origins whose pages may call the API, separated by commas'),
  COUNTERMARK_TOKENIZERS: list
    .default([])
    .describe('tokenizer.json files of keys that are for other tokenizers than those built in'),
  COUNTERMARK_SCAN_ROOTS: list
    .default([])
    .describe('directories and `https://` prefixes that scans may read; none by default'),
  COUNTERMARK_SCAN_WORKER: flag
    .default(true)
    .describe('whether the server works on scans and audits itself; `countermark worker` always does'),
  COUNTERMARK_AUDIT_ENDPOINTS: list
    .default([])
    .describe(
      'what the addresses that audits may ask begin with, `https://…` or `http://…`; none by default',
    ),
  COUNTERMARK_MAX_AUDITS: count.default(4).describe('most audits of a tenant that have not ended'),
  COUNTERMARK_MAX_AUDIT_REQUESTS: count.default(100_000).describe('largest budget of requests of an audit'),
  COUNTERMARK_THREADS: count
    .default(() => availableParallelism())
    .describe('threads that tokenize and score (default: one a core)'),
  COUNTERMARK_MAX_BODY_BYTES: count.default(4 * MIB).describe('largest body of a JSON request'),
  COUNTERMARK_BODY_MS: count
    .default(30_000)
    .describe(
      'longest time that a JSON body, or a message of a WebSocket, may take to come, or that nothing may come of an upload',
    ),
  COUNTERMARK_MAX_UPLOAD_BYTES: count.default(64 * 1024 * MIB).describe('largest corpus that is uploaded'),
  COUNTERMARK_MAX_TEXT_CHARACTERS: count.default(1_000_000).describe('longest text of a detection'),
  COUNTERMARK_MAX_TOKENS: count.default(250_000).describe('most token ids of a detection'),
  COUNTERMARK_MAX_KEYS: count.default(1000).describe('most keys of a detection or scan'),
  COUNTERMARK_MAX_SEQUENCES: count.default(256).describe('most sequences of a call that samples'),
  COUNTERMARK_MAX_CONTEXT_TOKENS: count
    .default(250_000)
    .describe('most token ids of all contexts of a call that samples'),
  COUNTERMARK_MAX_CANDIDATES: count.default(4096).describe('most candidates of a sequence'),
  COUNTERMARK_TIME_LIMIT_MS: count.default(10_000).describe('longest time of one detection'),
  COUNTERMARK_MAX_QUEUE: count
    .default(200)
    .describe('detections that wait for a thread; more are refused with 503'),
  COUNTERMARK_ROTATION_GRACE_MS: z.coerce
    .number()
    .int()
    .min(0)
    .max(3_600_000)
    .default(60_000)
    .describe('how long a key that was rotated still marks for calls that name it'),
  COUNTERMARK_KEY_EXPORT: flag
    .default(false)
    .describe('whether API keys of the scope `admin` may export vendor keys over HTTP, sealed'),
  COUNTERMARK_RETENTION_HOURS: z.coerce
    .number()
    .min(0)
    .default(0)
    .describe('how long results of detections can be fetched again; 0 keeps none'),
  COUNTERMARK_METRICS_PORT: z.coerce
    .number()
    .int()
    .min(0)
    .max(65_535)
    .optional()
    .describe('port of `/metrics` and of nothing else but the probes; without one it is on the main port'),
  COUNTERMARK_METRICS_TOKEN_FILE: z
    .string()
    .optional()
    .describe('file of a token that `/metrics` asks for, as `Authorization: Bearer`'),
  COUNTERMARK_DRAIN_NOTICE_MS: z.coerce
    .number()
    .int()
    .min(0)
    .default(2_000)
    .describe(
      'how long a server that SIGTERM stops still takes requests, while `/readyz` says that it stops',
    ),
  COUNTERMARK_DRAIN_MS: count.default(10_000).describe('how long a stopping server lets requests finish'),
  COUNTERMARK_MODEL: z
    .string()
    .default('demo')
    .describe('model of the completions: `demo`, a directory with an ONNX export, a GGUF file, or `none`'),
  COUNTERMARK_ACCOUNT_FROM: z
    .string()
    .default('tenant')
    .refine((value) => accountSourceOf(value) !== undefined, {
      error: 'expected tenant, user, safety_identifier or header:NAME with a header of your own',
    })
    .describe(
      'what names the account of a completion that an API key with the scope `engine` asks for: `user`, `safety_identifier`, `header:` and the name of a header, or nothing (`tenant`)',
    ),
  COUNTERMARK_LOG_LEVEL: z
    .enum(['trace', 'debug', 'info', 'warn', 'error', 'silent'])
    .default('info')
    .describe('least level that is logged'),
} as const;

const Settings = z.object(SETTINGS);

/** A server's settings, checked. */
export type Settings = z.output<typeof Settings>;

/** Thrown where a setting is wrong; names it, and never repeats its value: some are secrets. */
export class SettingsError extends ServerError {
  override readonly name = 'SettingsError';
  override readonly code = 'settings-invalid';
}

/**
 * Reads settings from environment variables; others are not looked at.
 *
 * @throws {SettingsError} naming each that is wrong.
 */
export function readSettings(env: Readonly<Record<string, string | undefined>>): Settings {
  const given = Object.fromEntries(
    Object.keys(SETTINGS).flatMap((name) => (env[name] ? [[name, env[name]]] : [])),
  );
  const parsed = Settings.safeParse(given);
  if (parsed.success) return parsed.data;
  const faults = parsed.error.issues.map((issue) => `${issue.path.join('.')}: ${faultInWords(issue)}`);
  throw new SettingsError(faults.join('; '));
}

/** Lists variables that look like settings and are none: misspelt ones. */
export function unknownSettings(env: Readonly<Record<string, string | undefined>>): string[] {
  return Object.keys(env).filter((name) => name.startsWith('COUNTERMARK_') && !(name in SETTINGS));
}
