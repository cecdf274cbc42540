import { readFileSync } from 'node:fs';
import { TEXT_UNICODE_VERSION } from '@countermark/watermark/tokenizer';
import { z } from 'zod';

/** What a result was made with. */
export interface Software {
  readonly countermark: string;
  readonly node: string;
  /** Versions of the host's own character tables; `none` where it was built without. */
  readonly icu: string;
  readonly unicode: string;
  /** The version of Unicode by which texts are normalised and cut, whatever the host's is. */
  readonly textUnicode: string;
}

/** Returns the version of this command. */
export function commandVersion(): string {
  const file = readFileSync(new URL('../package.json', import.meta.url), 'utf8');
  return z.object({ version: z.string() }).parse(JSON.parse(file)).version;
}

/** Returns what this command runs on. */
export function usedSoftware(): Software {
  const { node, icu = 'none', unicode = 'none' } = process.versions;
  return { countermark: commandVersion(), node, icu, unicode, textUnicode: TEXT_UNICODE_VERSION };
}

/** Says in a line what a result was made with. */
export function softwareInWords({ countermark, node, icu, unicode, textUnicode }: Software): string {
  return `countermark ${countermark}, Node ${node}, ICU ${icu}, Unicode ${unicode}; texts are normalised and cut by Unicode ${textUnicode}`;
}
