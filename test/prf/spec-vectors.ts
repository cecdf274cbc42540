import { readFileSync } from 'node:fs';
import { z } from 'zod';

const common = { tcId: z.int().positive(), comment: z.string().min(1) };
const hex = z.string().regex(/^([0-9a-f]{2})+$/);
const hexOf = (bytes: number) => hex.length(2 * bytes);
const word = z
  .int()
  .min(0)
  .max(2 ** 32 - 1);
const block = {
  ...common,
  key: hexOf(32),
  context: z.array(word).min(1).max(15),
  contextBytes: hex,
  message: z.array(word).length(16),
  counter: z.tuple([word, word]),
  blockLength: z.int().min(4).max(60),
  flags: z.literal(27),
  words: z.array(word).length(16),
};

const Derivation = z.strictObject({
  ...common,
  type: z.literal('derivation'),
  canonicalParams: z.string(),
  paramsHash: hexOf(32),
  secret: hexOf(32),
  material: hexOf(64),
  schemeKey: hexOf(32),
  accountKey: hexOf(32),
  keyId: hexOf(16),
  commitment: hexOf(32),
});
const AccountCode = z.strictObject({
  ...common,
  type: z.literal('account-code'),
  accountKey: hexOf(32),
  accountId: z.string().min(1),
  accountIdBytes: hex,
  outputBytes: hex,
  symbols: z.array(z.int().min(0).max(15)).min(1),
});
const Header = z.strictObject({
  ...block,
  type: z.literal('header'),
  slot: word,
  codePosition: word,
  salt: hexOf(8),
});
const Token = z.strictObject({ ...block, type: z.literal('token'), tokenId: word });

const SpecVectors = z.strictObject({
  algorithm: z.literal('Countermark version 1, keyed function'),
  source: z.string(),
  generator: z.string(),
  tests: z.array(z.discriminatedUnion('type', [Derivation, AccountCode, Header, Token])).min(1),
});

const { tests } = SpecVectors.parse(
  JSON.parse(readFileSync(new URL('../vectors/spec-prf.json', import.meta.url), 'utf8')),
);

/** The known answers of docs/spec.md sections 2 to 4, by kind. */
export const derivations = tests.filter((test) => test.type === 'derivation');
export const accountCodes = tests.filter((test) => test.type === 'account-code');
export const headers = tests.filter((test) => test.type === 'header');
export const tokens = tests.filter((test) => test.type === 'token');

/** Bytes of hex digits. */
export function bytesOf(digits: string): Uint8Array {
  return Uint8Array.from(digits.match(/../g) ?? [], (pair) => Number.parseInt(pair, 16));
}

/** Hex digits of bytes. */
export function hexOfBytes(bytes: Uint8Array): string {
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, '0')).join('');
}
