/** Writes and reads the binary form of calls that sample, from its specification in docs/server.md. */

/** One sequence of a call. */
export interface BinarySequence {
  readonly context: readonly number[];
  readonly tokenIds: readonly number[];
  readonly logits: readonly number[];
  readonly generated?: number;
  readonly responseId?: string;
  readonly spentBits?: number;
  readonly startBits?: number;
  readonly pauses?: { readonly after: number; readonly bits: number };
  readonly promptContexts?: boolean;
  readonly accountId?: string;
  readonly sampling?: { readonly temperature?: number; readonly topK?: number; readonly topP?: number };
}

/** What a call asks for beside its sequences. */
export interface BinaryFlags {
  readonly steps?: boolean;
  /** Fingerprint in hex. */
  readonly tokenizer?: string;
}

/** Returns a call as bytes. */
export function binaryCall(
  id: number,
  keyId: string,
  sequences: readonly BinarySequence[],
  { steps = false, tokenizer }: BinaryFlags = {},
): Buffer {
  const header = Buffer.alloc(32);
  header.write('CMS2');
  header.writeUInt32LE(id, 4);
  header.writeUInt32LE(sequences.length, 8);
  header.writeUInt32LE((steps ? 1 : 0) + (tokenizer === undefined ? 0 : 2), 12);
  Buffer.from(keyId, 'hex').copy(header, 16);
  return Buffer.concat([header, Buffer.from(tokenizer ?? '', 'hex'), ...sequences.map(sequenceBytes)]);
}

/** Returns an answer's number, token ids and spent bits. */
export function readBinaryAnswer(bytes: Buffer): { id: number; tokenIds: number[]; spentBits: number[] } {
  if (bytes.toString('latin1', 0, 4) !== 'CMA2') throw new Error('not an answer');
  const count = bytes.readUInt32LE(8);
  const tokenIds = Array.from({ length: count }, (_, i) => bytes.readUInt32LE(12 + 4 * i));
  const spentBits = tokenIds.map((_, i) => bytes.readFloatLE(12 + 4 * (count + i)));
  return { id: bytes.readUInt32LE(4), tokenIds, spentBits };
}

/** Returns the numbers of what became of the steps, where they were asked for, and how many bytes follow them. */
export function readBinarySteps(bytes: Buffer): { steps: number[]; padding: number } {
  const count = bytes.readUInt32LE(8);
  const at = 12 + 8 * count;
  return { steps: [...bytes.subarray(at, at + count)], padding: bytes.length - at - count };
}

function sequenceBytes({ context, tokenIds, logits, ...rest }: BinarySequence): Buffer {
  const account = Buffer.from(rest.accountId ?? '');
  const response = Buffer.from(rest.responseId ?? '');
  const { temperature = 1, topP = 1, topK = 0 } = rest.sampling ?? {};
  const header = Buffer.alloc(56);
  header.writeUInt32LE(context.length, 0);
  header.writeUInt32LE(rest.generated ?? 0xffffffff, 4);
  header.writeUInt32LE(tokenIds.length, 8);
  header.writeUInt16LE(account.length, 12);
  header.writeUInt16LE(response.length, 14);
  header.writeDoubleLE(temperature, 16);
  header.writeDoubleLE(topP, 24);
  header.writeUInt32LE(topK, 32);
  header.writeUInt32LE(rest.promptContexts === true ? 1 : 0, 36);
  header.writeFloatLE(rest.startBits ?? 16, 40);
  header.writeFloatLE(rest.spentBits ?? 0, 44);
  header.writeFloatLE(rest.pauses?.after ?? 0, 48);
  header.writeFloatLE(rest.pauses?.bits ?? 0, 52);
  const words = Buffer.alloc(4 * (context.length + 2 * tokenIds.length));
  let at = 0;
  for (const id of [...context, ...tokenIds]) at = words.writeUInt32LE(id, at);
  for (const logit of logits) at = words.writeFloatLE(logit, at);
  const padding = Buffer.alloc((4 - ((account.length + response.length) % 4)) % 4);
  return Buffer.concat([header, words, account, response, padding]);
}
