import { sha256 } from '@noble/hashes/sha2.js';
import { bytesToHex, utf8ToBytes } from '@noble/hashes/utils.js';
import * as z from 'zod';
import { WatermarkError } from './errors.ts';
import { faultInWords } from './fault-in-words.ts';

/** How a word biases sampling, and what it scores: docs/spec.md sections 5 and 6. */
export type SchemeParams =
  | { readonly kind: 'gumbel' }
  | { readonly kind: 'green-list'; readonly gamma: number; readonly delta: number }
  | { readonly kind: 'tournament'; readonly depth: number };

/** Which tokenizer the token ids belong to. */
export interface TokenizerParams {
  readonly name: string;
  readonly vocabSize: number;
  readonly fingerprint: string;
}

/** The public parameters of a watermark: docs/spec.md section 1. */
export interface WatermarkParams {
  readonly version: 1;
  readonly tokenizer: TokenizerParams;
  readonly contextWidth: number;
  readonly commonShare: number;
  readonly accountShare: number;
  readonly codeLength: number;
  readonly scheme: SchemeParams;
}

/**
 * Shares for two purposes; what is left, 0.1, is free and keeps answers to one prompt different.
 *
 * `detect`: all evidence goes to the mark that every account shares. `trace`: nearly half of it says which account it was.
 */
export const SHARE_PRESETS: Readonly<
  Record<'detect' | 'trace', Pick<WatermarkParams, 'commonShare' | 'accountShare'>>
> = {
  detect: { commonShare: 0.9, accountShare: 0 },
  trace: { commonShare: 0.5, accountShare: 0.4 },
};

/** Two to the thirty-second: words are integers below it. */
export const TWO_32 = 4294967296;

const share = z.number().min(0).max(1);

const Scheme = z.discriminatedUnion('kind', [
  z.strictObject({ kind: z.literal('gumbel') }),
  z.strictObject({
    kind: z.literal('green-list'),
    gamma: z
      .number()
      .gt(0)
      .lt(1)
      .refine((gamma) => Math.floor(gamma * TWO_32) >= 1, 'must be at least 2^-32'),
    delta: z.number().gt(0).max(100),
  }),
  z.strictObject({ kind: z.literal('tournament'), depth: z.int().min(1).max(30) }),
]);

const Params = z
  .strictObject({
    version: z.literal(1),
    tokenizer: z.strictObject({
      name: z
        .string()
        .regex(/^[\x21-\x7e]{1,128}$/, 'must be 1 to 128 printable ASCII characters without spaces'),
      vocabSize: z
        .int()
        .min(1)
        .max(2 ** 31),
      fingerprint: z.string().regex(/^[0-9a-f]{64}$/, 'must be 64 lowercase hex digits'),
    }),
    contextWidth: z.int().min(1).max(15),
    commonShare: share,
    accountShare: share,
    codeLength: z
      .int()
      .min(1)
      .max(65_536)
      .refine((length) => Number.isInteger(Math.log2(length)), 'must be a power of two'),
    scheme: Scheme,
  })
  .refine(({ commonShare, accountShare }) => commonShare + accountShare <= 1, {
    path: ['accountShare'],
    message: 'commonShare + accountShare must be at most 1',
  })
  .refine(({ commonShare, accountShare }) => Math.floor((commonShare + accountShare) * TWO_32) >= 1, {
    path: ['commonShare'],
    message: 'commonShare + accountShare must be at least 2^-32: nothing would be marked',
  });

/** What {@link createParams} fills in where the caller is silent; docs/choices.md has the measurements. */
export const DEFAULT_PARAMS: Omit<WatermarkParams, 'tokenizer'> = {
  version: 1,
  contextWidth: 4,
  commonShare: 0.5,
  accountShare: 0.4,
  codeLength: 4096,
  scheme: { kind: 'gumbel' },
};

/**
 * Returns checked parameters, with defaults for what is not given.
 *
 * @throws {WatermarkError} `params-invalid` naming each field that is wrong.
 */
export function createParams(
  params: Partial<Omit<WatermarkParams, 'version'>> & Pick<WatermarkParams, 'tokenizer'>,
): WatermarkParams {
  return parseParams({ ...DEFAULT_PARAMS, ...params });
}

/**
 * Parses public parameters; refuses unknown fields and versions.
 *
 * @param value parsed JSON.
 * @throws {WatermarkError} `params-newer` if `version` is above 1, `params-invalid` for anything else,
 *   naming each field that is wrong.
 */
export function parseParams(value: unknown): WatermarkParams {
  const version = z.looseObject({ version: z.int() }).safeParse(value);
  if (version.success && version.data.version > 1) {
    throw new WatermarkError(
      'params-newer',
      `parameters have version ${version.data.version}; this release reads version 1`,
    );
  }
  const parsed = Params.safeParse(value);
  if (parsed.success) return parsed.data;
  const faults = parsed.error.issues.map(
    (issue) =>
      `${issue.path.length === 0 ? 'parameters' : issue.path.join('.')}: ${faultInWords(issue, true)}`,
  );
  throw new WatermarkError('params-invalid', `invalid parameters: ${faults.join('; ')}`);
}

/** The parameters as JCS (RFC 8785): keys sorted, no white space, ECMAScript numbers. */
export function canonicalParams(params: WatermarkParams): string {
  return canonicalJson(params);
}

/** SHA-256 `[32]` of the canonical parameters. */
export function paramsHash(params: WatermarkParams): Uint8Array {
  return sha256(utf8ToBytes(canonicalParams(params)));
}

/** The hash of the canonical parameters as 64 lowercase hex digits: their public name. */
export function paramsFingerprint(params: WatermarkParams): string {
  return bytesToHex(paramsHash(params));
}

/**
 * Returns `value`, parsed JSON, as JCS: RFC 8785 asks for the number and string forms of ECMAScript, which
 * `JSON.stringify` gives, and sorted keys.
 */
export function canonicalJson(value: unknown): string {
  let result = '';
  writeCanonicalJson(value, (text) => {
    result += text;
  });
  return result;
}

// Whether a list holds texts and numbers, or lists of such, and no object.
function isFlat(list: readonly unknown[]): boolean {
  return list.every(
    (element) => typeof element !== 'object' || (Array.isArray(element) && element.every(isScalar)),
  );
}

function isScalar(value: unknown): boolean {
  return typeof value !== 'object';
}

// What needs no escapes.
const PLAIN = /^[ !#-[\]-\ud7ff\ue000-\uffff]*$/;
const FLAT_PIECE = 4096;
// Pieces that are handed over have at least so many characters, but for the last.
const PIECE = 2 ** 16;

/** Hands {@link canonicalJson} over in pieces. */
export function writeCanonicalJson(value: unknown, write: (text: string) => void): void {
  let held = '';
  const put = (text: string): void => {
    held += text;
    if (held.length < PIECE) return;
    write(held);
    held = '';
  };
  const putValue = (member: unknown): void => {
    if (member === null || typeof member !== 'object') {
      put(JSON.stringify(member));
    } else if (Array.isArray(member) && isFlat(member)) {
      // Such lists have one form, and the engine writes it a hundred times as quickly.
      for (let at = 0; at < member.length; at += FLAT_PIECE) {
        const text = JSON.stringify(member.slice(at, at + FLAT_PIECE));
        put(`${at === 0 ? '[' : ','}${text.slice(1, -1)}`);
      }
      put(member.length === 0 ? '[]' : ']');
    } else if (Array.isArray(member)) {
      let mark = '[';
      for (const element of member) {
        put(mark);
        putValue(element);
        mark = ',';
      }
      put(mark === '[' ? '[]' : ']');
    } else {
      let mark = '{';
      for (const key of sortByUnits(Object.keys(member))) {
        put(`${mark}${PLAIN.test(key) ? `"${key}"` : JSON.stringify(key)}:`);
        const value = (member as Readonly<Record<string, unknown>>)[key];
        if (typeof value === 'number') put(JSON.stringify(value));
        else putValue(value);
        mark = ',';
      }
      put(mark === '{' ? '{}' : '}');
    }
  };
  putValue(value);
  write(held);
}

// Fewer are sorted by comparing them.
const SHORT_LIST = 64;

/** Returns texts in the order of their UTF-16 code units: what `sort` gives, in a fraction of its time where there are many. */
function sortByUnits(texts: readonly string[], at = 0): readonly string[] {
  if (texts.length < SHORT_LIST) return [...texts].sort();
  const ended: string[] = [];
  const byUnit = new Map<number, string[]>();
  for (const text of texts) {
    const unit = text.charCodeAt(at);
    if (Number.isNaN(unit)) ended.push(text);
    else {
      const list = byUnit.get(unit);
      if (list === undefined) byUnit.set(unit, [text]);
      else list.push(text);
    }
  }
  const units = [...byUnit.keys()].sort((a, b) => a - b);
  return ended.concat(...units.map((unit) => sortByUnits(byUnit.get(unit) ?? [], at + 1)));
}
