/**
 * The file of a set of contexts. Holds no key and no text.
 *
 *     "countermark contexts 1\n", blocks, footer in JSON, its length (u32), SHA-256 of everything before
 *
 * The bytes depend on what is in the set alone: not on the order or the place in which it was collected.
 */
import { createHash } from 'node:crypto';
import { z } from 'zod';
import { LEAST_BITS, MOST_BITS } from './fingerprints.ts';
import { BLOCK_ENTRIES, emptyBlock, encodeBlock } from './set-block.ts';

export const SET_MAGIC: Uint8Array = Buffer.from('countermark contexts 1\n');
export const DIGEST_BYTES = 32;
/** The length of the footer, and the digest. */
export const TAIL_BYTES: number = 4 + DIGEST_BYTES;

/** What a set says of itself. */
export interface ContextSetFacts {
  readonly keyId: string;
  /** Fingerprint of the key's public parameters, 64 hex digits. */
  readonly params: string;
  /** Bits that are kept of each context's salt. */
  readonly bits: number;
  /** Different contexts, as far as their bits tell. */
  readonly contexts: number;
  /** Answers that were read: documents of records. */
  readonly answers: number;
  /** Of these, given as texts, whose tokens may be others than those that were served. */
  readonly texts: number;
  readonly tokens: number;
  /** Records that could not be read: of their contexts nothing is known. */
  readonly failed: number;
  /** Names of the groups, by code units; absent where contexts are not told apart by group. */
  readonly groups?: readonly string[];
}

const count = z.int().nonnegative();
const Footer = z.strictObject({
  keyId: z.string().regex(/^[0-9a-f]{32}$/),
  params: z.string().regex(/^[0-9a-f]{64}$/),
  bits: z.int().min(LEAST_BITS).max(MOST_BITS),
  contexts: count,
  answers: count,
  texts: count,
  tokens: count,
  failed: count,
  groups: z.array(z.string()).exactOptional(),
});

/**
 * Parses a footer.
 *
 * @throws {Error} if it is none.
 */
export function parseFooter(text: string): ContextSetFacts {
  return Footer.parse(JSON.parse(text));
}

/** Bits of the number of one of so many groups, or of none. */
export function groupBitsOf(groups: readonly string[] | undefined): number {
  return groups === undefined ? 0 : 32 - Math.clz32(groups.length);
}

/** Writes a set, entry by entry, without holding it. */
export class ContextSetWriter {
  readonly #write: (bytes: Uint8Array) => void;
  readonly #groupBits: number;
  readonly #hash = createHash('sha256');
  readonly #block = emptyBlock();
  #contexts = 0;

  /**
   * @param groups as they will be in the facts.
   * @param write  takes the file's bytes in order, and may keep them.
   */
  constructor(groups: readonly string[] | undefined, write: (bytes: Uint8Array) => void) {
    this.#write = write;
    this.#groupBits = groupBitsOf(groups);
    this.#put(SET_MAGIC);
  }

  /**
   * Adds a context.
   *
   * @param fingerprint above that of the context before.
   * @param group       its number from 1, or 0.
   */
  add(fingerprint: number, group: number): void {
    const block = this.#block;
    block.fingerprints[block.length] = fingerprint;
    block.groups[block.length] = group;
    block.length++;
    this.#contexts++;
    if (block.length === BLOCK_ENTRIES) this.#flush();
  }

  /** Ends the file. Returns all that the set says of itself. */
  finish(facts: Omit<ContextSetFacts, 'contexts'>): ContextSetFacts {
    this.#flush();
    const { keyId, params, bits, answers, texts, tokens, failed, groups } = facts;
    const contexts = this.#contexts;
    const whole = { keyId, params, bits, contexts, answers, texts, tokens, failed };
    const all = groups === undefined ? whole : { ...whole, groups };
    const footer = Buffer.from(JSON.stringify(all));
    this.#put(footer);
    const length = Buffer.alloc(4);
    length.writeUInt32LE(footer.length);
    this.#put(length);
    this.#write(this.#hash.digest());
    return all;
  }

  #flush(): void {
    if (this.#block.length > 0) this.#put(encodeBlock(this.#block, this.#groupBits));
    this.#block.length = 0;
  }

  #put(bytes: Uint8Array): void {
    this.#hash.update(bytes);
    this.#write(bytes);
  }
}
