/** The program of the thread that merges a scan. */
import { sep } from 'node:path';
import { parseManifest } from '@countermark/corpus';
import { CORPUS_ERRORS, finishScan } from '@countermark/corpus/driver';
import type { Verdict } from '@countermark/detector';
import { serveThread } from '@countermark/host';
import { accountIds } from '../accounts/account-ids.ts';
import type { MergeSetup } from './merge-in-thread.ts';

await serveThread((setup: MergeSetup) => ({ answer: () => merge(setup) }), CORPUS_ERRORS);

async function merge({
  manifest,
  keyFiles,
  tokenizers,
  parts,
  directory,
  uploads,
  accounts,
}: MergeSetup): Promise<Verdict> {
  const above = `${uploads}${sep}`;
  const { verdict } = await finishScan(
    { manifest: parseManifest(manifest), keyFiles, tokenizers },
    { parts: [parts], directory },
    {
      nameOf: (location) => (location.startsWith(above) ? location.slice(above.length) : location),
      ...(accounts === undefined
        ? {}
        : {
            accounts: {
              accounts: accountIds(accounts.ids),
              issued: accounts.issued,
              alpha: accounts.alpha,
            },
          }),
    },
  );
  return verdict;
}
