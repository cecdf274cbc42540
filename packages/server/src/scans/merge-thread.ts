/** The program of the thread that merges a scan. */
import { sep } from 'node:path';
import { parentPort, workerData } from 'node:worker_threads';
import { CorpusError, openTools, parseManifest, surveyParts, writeResult } from '@countermark/corpus';
import type { MergeAnswer, MergeSetup } from './merge-in-thread.ts';

parentPort?.postMessage(await merge(workerData as MergeSetup));

async function merge(setup: MergeSetup): Promise<MergeAnswer> {
  const { keyFiles, tokenizers, parts, directory, uploads, accounts } = setup;
  try {
    const manifest = parseManifest(setup.manifest);
    const tools = await openTools(manifest, keyFiles, tokenizers);
    const survey = await surveyParts([parts], manifest.shards.length);
    const above = `${uploads}${sep}`;
    const { verdict } = await writeResult(manifest, survey, tools, directory, {
      nameOf: (location) => (location.startsWith(above) ? location.slice(above.length) : location),
      ...(accounts === undefined ? {} : { accounts }),
    });
    return { verdict };
  } catch (error) {
    if (!(error instanceof CorpusError)) throw error;
    const { code, message, passing } = error;
    return { code, message, passing };
  }
}
