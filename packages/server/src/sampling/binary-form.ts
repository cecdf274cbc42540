/** The binary form of calls that sample: docs/server.md, "The binary form", is its specification. All of it is little-endian. */
import { MAX_START_BITS, type StepFate } from '@countermark/watermark';
import { Problem } from '../http/problem.ts';
import { SampleCount, type SampleLimits } from './sample-limits.ts';
import { MAX_PAUSE, MAX_SPENT_BITS, type SampleRequest, type SampleSequence } from './sample-request.ts';
import type { Samples } from './token-chooser.ts';

const REQUEST = 0x32534d43; // "CMS2"
const ANSWER = 0x32414d43; // "CMA2"
const HEADER_BYTES = 32;
const FINGERPRINT_BYTES = 32;
// Flags of a call.
const STEPS = 1;
const TOKENIZER = 2;
// What became of a step, by its number in an answer.
const FATES: readonly StepFate[] = [
  'common',
  'account',
  'certain',
  'free',
  'start',
  'repeatedContext',
  'withoutContext',
];
const SEQUENCE_BYTES = 56;
const PROMPT_CONTEXTS = 1;
const BY_RESPONSE_ID = 0xffffffff;

/**
 * Reads the number that a message was given by its client.
 *
 * @returns null if the message is too short to hold one.
 */
export function readBinaryId(message: Uint8Array): number | null {
  return message.length < 8 ? null : viewOf(message).getUint32(4, true);
}

/**
 * Parses a call.
 *
 * @throws {Problem} `invalid-request` where it is not as specified; `limit-exceeded`, before what is too long is looked into.
 */
export function parseBinaryRequest(message: Uint8Array, limits: SampleLimits): SampleRequest {
  const view = viewOf(message);
  if (message.length < HEADER_BYTES || view.getUint32(0, true) !== REQUEST)
    throw malformed('it does not begin with "CMS2" and a header');
  const count = view.getUint32(8, true);
  const flags = view.getUint32(12, true);
  if (count === 0 || (flags & ~(STEPS | TOKENIZER)) !== 0)
    throw malformed('it has no sequence, or its reserved bits are not 0');
  const hasTokenizer = (flags & TOKENIZER) !== 0;
  const start = HEADER_BYTES + (hasTokenizer ? FINGERPRINT_BYTES : 0);
  if (message.length < start) throw malformed("it ends within the tokenizer's fingerprint");
  const size = new SampleCount(limits, count);
  const keyId = Buffer.from(message.subarray(16, HEADER_BYTES)).toString('hex');
  const sequences: SampleSequence[] = [];
  let at = start;
  for (let i = 0; i < count; i++) {
    const { sequence, end } = parseSequence(message, view, at, (...given) => size.add(i, ...given));
    sequences.push(sequence);
    at = end;
  }
  if (at !== message.length) throw malformed('there are bytes behind its last sequence');
  const tokenizer = hasTokenizer
    ? Buffer.from(message.subarray(HEADER_BYTES, start)).toString('hex')
    : undefined;
  return { keyId, label: undefined, tokenizer, wantsSteps: (flags & STEPS) !== 0, sequences };
}

/**
 * Writes an answer: the message's number, and a token id and the bits spent a sequence.
 *
 * @param withSteps whether it says of each step what became of it.
 */
export function formatBinaryAnswer(
  id: number,
  { tokenIds, spentBits, steps }: Samples,
  withSteps: boolean,
): Uint8Array {
  const wordBytes = 12 + 8 * tokenIds.length;
  const words = new DataView(new ArrayBuffer(wordBytes + (withSteps ? 4 * Math.ceil(steps.length / 4) : 0)));
  if (withSteps) {
    for (const [i, fate] of steps.entries()) words.setUint8(wordBytes + i, FATES.indexOf(fate));
  }
  words.setUint32(0, ANSWER, true);
  words.setUint32(4, id, true);
  words.setUint32(8, tokenIds.length, true);
  for (const [i, tokenId] of tokenIds.entries()) words.setUint32(12 + 4 * i, tokenId, true);
  for (const [i, bits] of spentBits.entries()) words.setFloat32(12 + 4 * (tokenIds.length + i), bits, true);
  return new Uint8Array(words.buffer);
}

function parseSequence(
  message: Uint8Array,
  view: DataView,
  at: number,
  add: (candidates: number, context: number) => void,
): { readonly sequence: SampleSequence; readonly end: number } {
  if (at + SEQUENCE_BYTES > message.length) throw malformed('it ends within a sequence');
  const contexts = view.getUint32(at, true);
  const generated = view.getUint32(at + 4, true);
  const candidates = view.getUint32(at + 8, true);
  const accountBytes = view.getUint16(at + 12, true);
  const responseBytes = view.getUint16(at + 14, true);
  const temperature = view.getFloat64(at + 16, true);
  const topP = view.getFloat64(at + 24, true);
  const topK = view.getUint32(at + 32, true);
  const flags = view.getUint32(at + 36, true);
  const startBits = view.getFloat32(at + 40, true);
  const spentBits = view.getFloat32(at + 44, true);
  const after = view.getFloat32(at + 48, true);
  const bits = view.getFloat32(at + 52, true);
  const text = at + SEQUENCE_BYTES + 4 * contexts + 8 * candidates;
  const end = text + accountBytes + responseBytes;
  const padded = Math.ceil(end / 4) * 4;
  if (padded > message.length) throw malformed('it ends within a sequence');
  add(candidates, contexts);
  if (candidates === 0) throw malformed('a sequence has no candidates');
  if ((flags & ~PROMPT_CONTEXTS) !== 0 || message.subarray(end, padded).some((byte) => byte !== 0))
    throw malformed('its reserved bytes are not 0');
  if (!(startBits >= 0 && startBits <= MAX_START_BITS && spentBits >= 0 && spentBits <= MAX_SPENT_BITS))
    throw malformed('the start bits or the spent bits of a sequence are out of range');
  const hasPauses = after !== 0 || bits !== 0;
  if (hasPauses && !(after >= 1 && after <= MAX_PAUSE && bits > 0 && bits <= startBits))
    throw malformed('the pauses of a sequence are out of range');
  if (responseBytes > 0 && spentBits !== 0)
    throw malformed('the spent bits of a sequence with a response id are not 0');
  if ((generated === BY_RESPONSE_ID) !== responseBytes > 0)
    throw malformed('a sequence has either a response id or a number of generated tokens');
  if (!(temperature >= 0 && temperature < Infinity && topP > 0 && topP <= 1))
    throw malformed('the temperature or top-p of a sequence is out of range');
  const words = wordsOf(message, at + SEQUENCE_BYTES, contexts + 2 * candidates);
  const sequence: SampleSequence = {
    context: words.subarray(0, contexts),
    tokenIds: words.subarray(contexts, contexts + candidates),
    logits: new Float32Array(words.buffer, 4 * (contexts + candidates), candidates),
    generated: generated === BY_RESPONSE_ID ? undefined : generated,
    spentBits: responseBytes === 0 ? spentBits : undefined,
    startBits,
    pauses: hasPauses ? { after, bits } : undefined,
    promptContexts: (flags & PROMPT_CONTEXTS) !== 0,
    responseId: responseBytes === 0 ? undefined : textOf(message, text + accountBytes, responseBytes),
    accountId: accountBytes === 0 ? undefined : textOf(message, text, accountBytes),
    temperature,
    topK: topK === 0 ? undefined : topK,
    topP,
  };
  return { sequence, end: padded };
}

/** Copies 32-bit words, so that they are aligned. */
function wordsOf(message: Uint8Array, at: number, count: number): Uint32Array {
  const bytes = new Uint8Array(4 * count);
  bytes.set(message.subarray(at, at + bytes.length));
  if (IS_LITTLE_ENDIAN) return new Uint32Array(bytes.buffer);
  const view = viewOf(bytes);
  return Uint32Array.from({ length: count }, (_, i) => view.getUint32(4 * i, true));
}

const IS_LITTLE_ENDIAN = new Uint8Array(Uint32Array.of(1).buffer)[0] === 1;

function textOf(message: Uint8Array, at: number, bytes: number): string {
  try {
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(
      message.subarray(at, at + bytes),
    );
  } catch (cause) {
    throw new Problem('invalid-request', 'the message: an id is not UTF-8', { cause });
  }
}

function viewOf(bytes: Uint8Array): DataView {
  return new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}

function malformed(reason: string): Problem {
  return new Problem('invalid-request', `the message: ${reason}`);
}
