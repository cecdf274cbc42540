const MAX_BYTES = 256;

/** What an account id has to be, in words. */
export const ACCOUNT_ID_FORM = `must be 1 to ${MAX_BYTES} bytes of well-formed UTF-8`;

/** Whether a text can be an account id: docs/spec.md section 4. A lone surrogate has no UTF-8 form. */
export function isAccountId(text: string): boolean {
  return (
    text !== '' &&
    text.length <= MAX_BYTES &&
    Buffer.byteLength(text) <= MAX_BYTES &&
    !/\p{Surrogate}/u.test(text)
  );
}
