import { SealError, seal, unseal } from '../secrets/seal.ts';

const NAME = 'shared result 1';
const MINUTE_MS = 60_000;
const DAY_MS = 24 * 60 * MINUTE_MS;

/** What the address of a result tells whoever has it: what the public tier answered, and when. */
export interface SharedResult {
  readonly verdict: 'detected' | 'not-detected';
  /** Different tuples that a text needs. */
  readonly minTokens: number;
  /** Keys that the text was tested for. */
  readonly keys: number;
  /** Public keys that it was not tested for. */
  readonly untested: number;
  /** To the minute. */
  readonly tested: Date;
  /** From when on nobody is told of it any more. */
  readonly expires: Date;
  /** SHA-256 of the text, `[32]`: told to nobody, compared with that of a text which somebody already has. */
  readonly digest: Uint8Array;
}

type Sealed = readonly [
  isDetected: 0 | 1,
  minTokens: number,
  keys: number,
  untested: number,
  testedMinute: number,
  expiresMinute: number,
  digest: string,
];

/**
 * Results of the public tier that may be given to others, each by an id that holds it: sealed, so that nobody but this server reads or
 * makes one, and nothing is kept.
 */
export class SharedResults {
  readonly #key: Uint8Array;
  readonly #days: number;

  /**
   * @param key  what ids are sealed under, `[32]`.
   * @param days how long an id opens; 0 gives none.
   */
  constructor(key: Uint8Array, days: number) {
    this.#key = key;
    this.#days = days;
  }

  /** Whether results can be given to others at all. */
  get isOn(): boolean {
    return this.#days > 0;
  }

  /** Makes the id of a result, about 160 letters of base64url, and says until when it opens. */
  seal(result: Omit<SharedResult, 'tested' | 'expires'>): { readonly id: string; readonly expires: Date } {
    const { verdict, minTokens, keys, untested, digest } = result;
    const tested = Math.floor(Date.now() / MINUTE_MS);
    const expires = Math.floor((Date.now() + this.#days * DAY_MS) / MINUTE_MS);
    const sealed: Sealed = [
      verdict === 'detected' ? 1 : 0,
      minTokens,
      keys,
      untested,
      tested,
      expires,
      Buffer.from(digest).toString('base64url'),
    ];
    const id = Buffer.from(seal(this.#key, NAME, Buffer.from(JSON.stringify(sealed)))).toString('base64url');
    return { id, expires: new Date(expires * MINUTE_MS) };
  }

  /** Opens an id; undefined if it is none of this server's, or its time is over. */
  open(id: string): SharedResult | undefined {
    let sealed: Sealed;
    try {
      const bytes = unseal(this.#key, NAME, Buffer.from(id, 'base64url'));
      sealed = JSON.parse(Buffer.from(bytes).toString()) as Sealed;
    } catch (error) {
      if (error instanceof SealError) return undefined;
      throw error;
    }
    const [isDetected, minTokens, keys, untested, tested, expires, digest] = sealed;
    if (!this.isOn || expires * MINUTE_MS <= Date.now()) return undefined;
    return {
      verdict: isDetected === 1 ? 'detected' : 'not-detected',
      minTokens,
      keys,
      untested,
      tested: new Date(tested * MINUTE_MS),
      expires: new Date(expires * MINUTE_MS),
      digest: Buffer.from(digest, 'base64url'),
    };
  }
}
