import { TEXT_UNICODE_VERSION } from '@countermark/watermark/tokenizer';

/** What a result was made with. */
export interface Software {
  readonly countermark: string;
  /** The host's version, where the result depends on one host and that is Node. */
  readonly node?: string;
  /** Versions of the host's own character tables; `none` where it was built without. */
  readonly icu?: string;
  readonly unicode?: string;
  /** The version of Unicode by which texts are normalised and cut, whatever the host's is. */
  readonly textUnicode: string;
}

/** What runs here: of Node, what a result names. Elsewhere there is no `process`. */
const host = (globalThis as { readonly process?: { readonly versions?: Readonly<Record<string, string>> } })
  .process?.versions;

/**
 * Returns what a result is made with that is made here.
 *
 * @param countermark version of the program that makes it.
 */
export function usedSoftware(countermark: string): Software {
  const { node, icu = 'none', unicode = 'none' } = host ?? {};
  return {
    countermark,
    ...(node === undefined ? {} : { node, icu, unicode }),
    textUnicode: TEXT_UNICODE_VERSION,
  };
}

/** Says in a line what a result was made with. */
export function softwareInWords({ countermark, node, icu, unicode, textUnicode }: Software): string {
  const ran = node === undefined ? '' : `, Node ${node}, ICU ${icu}, Unicode ${unicode}`;
  return `countermark ${countermark}${ran}; texts are normalised and cut by Unicode ${textUnicode}`;
}
