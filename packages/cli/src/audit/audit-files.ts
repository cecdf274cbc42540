import {
  AuditRun,
  type MappingCounts,
  type ModelAuditResult,
  RecordReader,
  termsDigest,
} from '@countermark/audit';
import { usedSoftware } from '@countermark/detector';
import { about, CommandError, checkingValues } from '../command-error.ts';
import { commandVersion } from '../software.ts';
import type { AuditOptions } from './audit-options.ts';
import { checkPlan, termsOf } from './audit-terms.ts';
import type { OpenedAudit } from './opened-audit.ts';
import type { StableInput } from './stable-input.ts';

/** What an audit of records comes to. */
export interface FilesAuditResult extends ModelAuditResult {
  /** What the map from the suspect's tokens to the key's kept, where records have such tokens. */
  readonly mapping?: MappingCounts;
  /** Digest of what was fixed beforehand, where there is a plan. */
  readonly terms?: string;
}

/** Audits records that somebody collected. */
export async function auditFiles(
  opened: OpenedAudit,
  files: readonly StableInput[],
  options: AuditOptions,
): Promise<FilesAuditResult> {
  const { key, tokenizer, excluded, served } = opened;
  const terms = termsOf(key, options, opened);
  await checkPlan(options.plan, terms);
  const digests = Buffer.from([...files, ...served.inputs].map(({ sha256 }) => sha256).join(''), 'hex');
  const seed = key.decoySeed(Uint32Array.from(digests));
  const { access, decoys, alpha, minContexts } = options;
  const run = checkingValues(() => new AuditRun(key, { access, decoys, seed, ...served.options }));
  try {
    const reader = new RecordReader(tokenizer);
    // Before any answer counts: a prompt may hold what a later one's words chose.
    for await (const text of excludedTexts(excluded, reader)) run.exclude(text);
    if (access === 'answers') {
      for await (const { place, value } of all(files)) {
        await about(place, () =>
          checkingValues(() => {
            for (const text of reader.readBefore(value)) run.exclude(text);
          }),
        );
      }
    }
    let { stop: sequential = false } = options;
    let isStopped = false;
    const records = all(files, ({ terms: { mayStop, access: fixed }, end }) => {
      if (fixed !== access)
        throw new CommandError(`--access is ${access}, and that of the journal is ${fixed}`);
      sequential ||= mayStop;
      // What an audit says before its end is not what was fixed beforehand.
      isStopped ||= end === undefined;
    });
    let isReached = false;
    for await (const { place, value } of records) {
      // Read to their ends all the same: a file that was changed shows there.
      if (isReached) continue;
      await about(place, () => checkingValues(() => run.add(reader.read(value))));
      isReached = sequential && run.isDecided({ alpha, minContexts });
    }
    const read = files.map(({ name, sha256 }) => ({ name, kind: 'file', sha256 }) as const);
    const inputs = [...read, ...served.inputs];
    const software = usedSoftware(commandVersion());
    const result = checkingValues(() =>
      run.result({ software, inputs, alpha, minContexts, sequential, isStopped: isStopped || isReached }),
    );
    const { mapping } = reader;
    return {
      ...result,
      ...(mapping.lists === 0 ? {} : { mapping }),
      ...(options.plan === undefined ? {} : { terms: termsDigest(terms) }),
    };
  } finally {
    run.close();
  }
}

/** The texts of records whose contexts do not count. */
export async function* excludedTexts(
  files: readonly StableInput[],
  reader: RecordReader,
): AsyncGenerator<Uint32Array, void, void> {
  for await (const { place, value } of all(files)) {
    const { before = [], tokenIds } = await about(place, () => checkingValues(() => reader.read(value)));
    yield* before;
    yield tokenIds;
  }
}

async function* all(
  files: readonly StableInput[],
  onJournal?: Parameters<StableInput['records']>[0],
): ReturnType<StableInput['records']> {
  for (const file of files) yield* file.records(onJournal);
}
