import { type AuditTerms, checkPlanned } from '@countermark/audit';
import { formatKeyFile } from '@countermark/watermark';
import type { AllowedAddresses } from '../http/allowed-addresses.ts';
import { hasEnded } from '../jobs/event-stream.ts';
import type { Job, JobQueue } from '../jobs/job-queue.ts';
import type { ScanRoots } from '../scans/allow-inputs.ts';
import type { EndpointSecrets } from '../store/endpoint-secrets.ts';
import type { WatermarkKeys } from '../store/watermark-keys.ts';
import type { TokenizerList } from '../tokenizer-list.ts';
import { VERSION } from '../version.ts';
import { AUDIT_FILES, type AuditDirectories } from './audit-directories.ts';
import type { Audit, Audits } from './audit-store.ts';
import { AuditThread, type WatchParts } from './audit-thread-call.ts';
import { AuditUnfit } from './audit-unfit.ts';
import type { AuditSetup } from './open-audit.ts';

/** What running an audit needs. */
export interface AuditParts extends WatchParts {
  readonly queue: JobQueue;
  readonly keys: WatermarkKeys;
  readonly secrets: EndpointSecrets;
  readonly tokenizers: TokenizerList;
  readonly directories: AuditDirectories;
  readonly endpoints: AllowedAddresses;
  readonly roots: ScanRoots;
}

/**
 * Runs an audit to its end: fixes its terms, asks what its journal lacks, and keeps the result.
 *
 * @param left jobs to do; the one that is done is taken out.
 * @param signal stops it; the journal goes on.
 * @throws {AuditError} or {@link AuditUnfit}, or the signal's reason.
 */
export async function auditJob(left: Set<Job>, parts: AuditParts, signal: AbortSignal): Promise<void> {
  const [job] = left;
  if (job === undefined) return;
  const { audits, queue } = parts;
  const id = job.subject;
  let audit: Audit | undefined;
  await audits.change(id, async (found, tx) => {
    audit = found;
    if (hasEnded(found.status)) await queue.complete(tx, [job]);
    return found.status === 'queued' ? { status: 'planning' } : undefined;
  });
  if (audit === undefined || hasEnded(audit.status)) {
    if (audit === undefined) await queue.discard([job]);
    left.delete(job);
    return removeUnwanted(id, parts);
  }
  const thread = new AuditThread(audit, await setupOf(audit, parts), parts, signal);
  try {
    const { terms } = await thread.ask({});
    if (await fix(audit, terms, audits)) {
      const { verdict } = await thread.ask({ terms });
      const progress = thread.progress();
      await audits.change(id, async ({ status }, tx) => {
        await queue.complete(tx, [job]);
        if (status !== 'running' || verdict === undefined) return undefined;
        return { status: 'done', verdict, ...(progress === undefined ? {} : { progress }) };
      });
    } else await queue.discard([job]);
  } catch (error) {
    if (!thread.isUnwanted) throw error;
    await queue.discard([job]);
  } finally {
    await thread.close();
  }
  left.delete(job);
  await removeUnwanted(id, parts);
}

/** Removes what was written for an audit that was cancelled or removed meanwhile. */
async function removeUnwanted(id: string, { audits, directories }: AuditParts): Promise<void> {
  const audit = await audits.find(id);
  if (audit === undefined || audit.status === 'cancelled') await directories.removeAll(id);
}

/** Fixes the terms before anybody is asked, or checks that they are those that were fixed. Returns whether the audit is still wanted. */
async function fix({ id, terms: fixed }: Audit, terms: AuditTerms, audits: Audits): Promise<boolean> {
  if (fixed !== null) checkPlanned(fixed, terms);
  let isWanted = false;
  await audits.change(id, async ({ status }) => {
    isWanted = status === 'planning' || status === 'running';
    return status === 'planning' ? { status: 'running', terms } : undefined;
  });
  return isWanted;
}

async function setupOf(audit: Audit, parts: AuditParts): Promise<Omit<AuditSetup, 'control'>> {
  const { keys, secrets, tokenizers, directories, endpoints, roots } = parts;
  const { id, request, sealed } = audit;
  const { keyId, endpoint, served } = request;
  // The operator may have changed them since.
  if (!endpoints.allows(endpoint.address))
    throw new AuditUnfit('the endpoint is not below an address that audits may ask any more');
  if (served !== undefined && !(await roots.allows(served)))
    throw new AuditUnfit('the set of served contexts is not below what may be read any more');
  const key = await keys.open(keyId);
  if (key === undefined) throw new AuditUnfit(`key ${keyId} is not there any more`);
  if (sealed === null) throw new AuditUnfit('how the endpoint is reached is not there any more');
  const names = Object.keys(AUDIT_FILES) as (keyof typeof AUDIT_FILES)[];
  return {
    request,
    keyFile: formatKeyFile(key),
    tokenizers: tokenizers.locationsOf([key.params.tokenizer.name]),
    secret: secrets.open(id, sealed),
    files: Object.fromEntries(names.map((name) => [name, directories.file(id, name)])) as AuditSetup['files'],
    version: VERSION,
  };
}
