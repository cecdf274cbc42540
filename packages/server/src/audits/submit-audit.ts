import { randomUUID } from 'node:crypto';
import { isAbsolute } from 'node:path';
import { LEAST_READ, parseQuestion, questionForm, shownAddress } from '@countermark/audit';
import { writeWhole } from '@countermark/host/files';
import type { Caller } from '../access/scopes.ts';
import type { Settings } from '../config.ts';
import type { Database } from '../database/database.ts';
import { Problem } from '../http/problem.ts';
import { claimKey, requestDigest } from '../jobs/idempotency.ts';
import { makePrivate } from '../jobs/work-directories.ts';
import { actorOf, recordAudit } from '../store/audit.ts';
import type { EndpointSecrets } from '../store/endpoint-secrets.ts';
import type { KeyUses } from '../store/key-uses.ts';
import { mayTest, type WatermarkKeys } from '../store/watermark-keys.ts';
import type { AuditRequest } from './audit-request.ts';
import type { AuditAsked } from './audit-schemas.ts';
import type { Audit } from './audit-store.ts';
import type { OpenAudits } from './open-audits.ts';

/** What submitting needs. */
export interface SubmitAuditParts {
  readonly open: OpenAudits;
  readonly database: Database;
  readonly keys: WatermarkKeys;
  readonly keyUses: KeyUses;
  readonly settings: Settings;
  readonly endpointSecrets: EndpointSecrets;
}

/**
 * Checks all of a request that can be checked before anybody is asked.
 *
 * @throws {Problem} naming what is wrong.
 */
export async function checkAudit(
  asked: AuditAsked,
  caller: Caller,
  { open, keys, settings }: SubmitAuditParts,
): Promise<AuditRequest> {
  const { keyId, endpoint, prompts, access, budget, served, plan, mayStop } = asked;
  const { url, apiKey: _, concurrency, timeoutSeconds, ...wishes } = endpoint;
  const address = refusing('endpoint.url', () => shownAddress(url));
  if (!open.endpoints.allows(address)) {
    const why = open.endpoints.isEmpty
      ? 'this server asks no endpoints: its operator has set no COUNTERMARK_AUDIT_ENDPOINTS'
      : 'it is not below an address that audits may ask';
    throw new Problem('forbidden', why, { param: 'endpoint.url' });
  }
  const form = questionForm({ access, ...wishes });
  for (const [i, prompt] of prompts.entries()) refusing(`prompts.${i}`, () => parseQuestion(prompt, form));
  if (access === 'reading' && wishes.logprobs < LEAST_READ) {
    const fault = `reading needs at least ${LEAST_READ} log-probabilities: the likelier half counts`;
    throw new Problem('invalid-request', fault, { param: 'endpoint.logprobs' });
  }
  if (access === 'reading' && wishes.answers > 1)
    throw new Problem('invalid-request', 'each text is read once', { param: 'endpoint.answers' });
  if (budget.cost !== undefined && budget.priceInput === undefined && budget.priceOutput === undefined)
    throw new Problem('invalid-request', 'a budget of money needs a price', { param: 'budget.cost' });
  const requests = budget.requests ?? 2 * wishes.answers * prompts.length;
  const most = settings.COUNTERMARK_MAX_AUDIT_REQUESTS;
  if (requests > most) {
    throw new Problem('limit-exceeded', `the audit may take ${requests} requests, more than ${most}`, {
      param: 'budget.requests',
      limit: { name: 'COUNTERMARK_MAX_AUDIT_REQUESTS', value: most },
    });
  }
  if (served !== undefined) {
    if (mayStop) {
      const fault = 'with the served contexts alone the e-value has a bound at the end only';
      throw new Problem('invalid-request', fault, { param: 'mayStop' });
    }
    if (!isAbsolute(served)) throw new Problem('forbidden', 'it is no absolute path', { param: 'served' });
    await open.roots.check(served, 'served');
  }
  if (!(await keys.list()).some((key) => key.keyId === keyId && mayTest(key, caller)))
    throw new Problem('unprocessable', 'the server has no such key', { param: 'keyId' });
  return {
    keyId,
    test: { access, alpha: asked.alpha, minContexts: asked.minContexts, decoys: asked.decoys, mayStop },
    endpoint: { ...wishes, address, budget: { ...budget, requests } },
    prompts: prompts.length,
    concurrency,
    timeoutMs: 1000 * timeoutSeconds,
    ...(served === undefined ? {} : { served }),
    ...(plan === undefined ? {} : { plan }),
  };
}

/** The file of prompts: a JSON value a line, whose digest is among the terms. */
function promptLines(prompts: AuditAsked['prompts']): string {
  return prompts.map((prompt) => `${JSON.stringify(prompt)}\n`).join('');
}

/**
 * Keeps an audit and has it run.
 *
 * @param idempotencyKey that the client gave, if it did.
 * @returns the audit; an earlier one if the key stands for it.
 */
export async function submitAudit(
  asked: AuditAsked,
  request: AuditRequest,
  caller: Caller,
  idempotencyKey: string | undefined,
  parts: SubmitAuditParts & { readonly requestId: string },
): Promise<Audit> {
  const { open, database, keyUses, settings, endpointSecrets, requestId } = parts;
  const id = randomUUID();
  const { apiKey, url } = asked.endpoint;
  const most = settings.COUNTERMARK_MAX_AUDITS;
  try {
    await makePrivate(open.directories.of(id));
    await writeWhole(open.directories.file(id, 'prompts'), promptLines(asked.prompts));
    const submitted = await database.transaction(async (tx) => {
      if (idempotencyKey !== undefined) {
        const { prompts, ...others } = asked;
        // The endpoint's secrets are hashed nowhere.
        const content = { ...others, endpoint: request.endpoint, prompts };
        const earlier = await claimKey(tx, caller.tenant, idempotencyKey, requestDigest(content), id);
        if (earlier !== undefined) return earlier;
      }
      if ((await open.audits.countOpen(tx, caller.tenant)) >= most) {
        throw new Problem('limit-exceeded', `${most} audits of this tenant have not ended`, {
          limit: { name: 'COUNTERMARK_MAX_AUDITS', value: most },
        });
      }
      const sealed = await endpointSecrets.seal(tx, id, { address: url, apiKey });
      const audit = await open.audits.insert(tx, { id, tenant: caller.tenant, request, sealed });
      await open.queue.send(tx, 'audit', { subject: id });
      const { address, model, budget } = request.endpoint;
      const details = { keys: [request.keyId], address, model, requests: budget.requests };
      await recordAudit(tx, actorOf(caller, requestId), {
        action: 'model-audit.created',
        subject: id,
        details,
      });
      return audit;
    });
    if (typeof submitted !== 'string') {
      open.queue.announce();
      keyUses.count(caller.apiKeyId, 'audit', [request.keyId]);
      return submitted;
    }
    await open.directories.removeAll(id);
    const earlier = await open.audits.find(submitted, caller.tenant);
    if (earlier === undefined) throw new Problem('gone', 'the audit of this "Idempotency-Key" was removed');
    return earlier;
  } catch (error) {
    await open.directories.removeAll(id);
    throw error;
  }
}

/** Says what a library refuses of a request's field. */
function refusing<T>(param: string, work: () => T): T {
  try {
    return work();
  } catch (error) {
    if (!(error instanceof RangeError)) throw error;
    throw new Problem('invalid-request', error.message.replace(/^"\w+" /, `"${param}" `), { param });
  }
}
