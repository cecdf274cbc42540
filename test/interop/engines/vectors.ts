import { z } from 'zod';
import { peerCases } from '../peer-vectors.ts';

/** A known answer that was made by running the peer's own code. */
export interface VectorCase<Params, Inputs, Expected> {
  readonly params: Params & { readonly kind: string };
  readonly inputs: Inputs;
  readonly expected: Expected;
}

const Case = z.strictObject({
  params: z.looseObject({ kind: z.string() }),
  inputs: z.unknown().optional(),
  expected: z.unknown(),
});

/** The cases of one file; {@link VectorFile.unread} tells which kinds no test has asked for. */
export class VectorFile {
  readonly #cases: readonly z.output<typeof Case>[];
  readonly #read = new Set<string>();

  constructor(name: string) {
    this.#cases = peerCases(name, Case);
  }

  /** All cases of a kind; the caller says what they hold. */
  cases<Params, Inputs, Expected>(kind: string): readonly VectorCase<Params, Inputs, Expected>[] {
    this.#read.add(kind);
    return this.#cases.filter(({ params }) => params.kind === kind) as VectorCase<Params, Inputs, Expected>[];
  }

  /** Kinds that were not read yet. */
  unread(): string[] {
    return [...new Set(this.#cases.map(({ params }) => params.kind))].filter((kind) => !this.#read.has(kind));
  }
}

/** A number of a vector: what JSON has no numbers for is a string. */
export function toNumber(value: number | string): number {
  if (value === 'min') return -Number.MAX_VALUE;
  return Number(value);
}

/** Token ids with vLLM's padding of −1 as the 32-bit value that it is. */
export function toIds(ids: readonly number[]): Uint32Array {
  return Uint32Array.from(ids);
}
