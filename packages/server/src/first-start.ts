import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { createParams, WatermarkKey } from '@countermark/watermark';
import { SCOPES } from './access/scopes.ts';
import type { Settings } from './config.ts';
import { SERVER } from './store/audit.ts';
import type { Store } from './store/open-store.ts';
import { TokenizerList } from './tokenizer-list.ts';

/** What a first start left for its user. */
export interface FirstStart {
  /** File with an API key of all scopes, mode 0600. */
  readonly apiKeyFile: string;
  /** The key that the bundled model marks with. */
  readonly keyId: string;
}

/**
 * Fills an embedded store that has no API key: one of all scopes, written to a file, and a public key for the bundled model.
 *
 * @returns undefined if there are API keys already, or the store is a shared database, which its operators fill.
 */
export async function prepareFirstStart(store: Store, settings: Settings): Promise<FirstStart | undefined> {
  if (store.database.kind !== 'pglite' || (await store.apiKeys.list()).length > 0) return undefined;
  const tokenizer = await new TokenizerList([]).paramsOf('demo');
  if (tokenizer === undefined) throw new Error('the bundled tokenizer is missing');
  const key = new WatermarkKey(createParams({ tokenizer }));
  if ((await store.keys.list()).length === 0) await store.keys.add(key, 'demo', true, { by: SERVER });
  const { token } = await store.apiKeys.create('made at the first start', SCOPES, { by: SERVER });
  const apiKeyFile = join(settings.COUNTERMARK_DATA, 'admin-api-key');
  await writeFile(apiKeyFile, `${token}\n`, { mode: 0o600 });
  return { apiKeyFile, keyId: key.keyId };
}
