import { z } from 'zod';

const Entry = z.object({
  token: z.string(),
  bytes: z.array(z.int().min(0).max(255)).nullish(),
  /** In the suspect's own vocabulary, where that is known. */
  id: z.int().min(0).optional(),
  // Whatever it is, it is looked at where it counts.
  logprob: z.number().nullish(),
});

/** The schema of {@link SuspectToken}. */
export const SuspectTokenSchema = Entry.extend({ top: z.array(Entry) });

/** A token of the suspect's tokenizer, with the natural logarithm of its probability, where there is one. */
export type SuspectEntry = Readonly<z.output<typeof Entry>>;

/** A token that was drawn or read, with the likeliest ones at its place. */
export type SuspectToken = Readonly<z.output<typeof SuspectTokenSchema>>;

const ESCAPED = /^bytes:(?:\\x[0-9a-f]{2})+$/i;

const NUMBERED = /^token_id:(\d{1,10})$/;

/** The bytes of a token; undefined where they are not known, since its text is not UTF-8, or nothing is said of them. */
export function bytesOf({ token, bytes }: SuspectEntry): Uint8Array | undefined {
  if (bytes !== undefined && bytes !== null && bytes.length > 0) return Uint8Array.from(bytes);
  if (ESCAPED.test(token)) return Buffer.from(token.slice(6).replaceAll('\\x', ''), 'hex');
  return token === '' || token.includes('\ufffd') ? undefined : Buffer.from(token, 'utf8');
}

/** Whether a token is the beginning of a character as vLLM gives it: as nothing, and the token that ends the character as all of it. */
export function isPartOfCharacter(token: SuspectEntry): boolean {
  return token.token === '' && bytesOf(token) === undefined;
}

/** The id of a token that is told by its number alone (vLLM's `return_tokens_as_token_ids`); undefined for any other. */
export function numberOf(token: string): number | undefined {
  const number = NUMBERED.exec(token)?.[1];
  return number === undefined ? undefined : Number(number);
}

/** The probability of an entry; undefined where it is none. */
export function probabilityOf({ logprob }: SuspectEntry): number | undefined {
  // A little above 0: endpoints round.
  if (typeof logprob !== 'number' || !(logprob <= 1e-3)) return undefined;
  return Math.exp(Math.min(0, logprob));
}
