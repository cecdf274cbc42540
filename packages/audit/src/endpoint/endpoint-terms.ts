import { createHash } from 'node:crypto';
import type { AuditBudget, AuditTerms, EndpointTerms } from '../terms/audit-terms.ts';
import { shownAddress } from './endpoint-client.ts';

/** How an endpoint is to be asked. */
export interface EndpointWishes
  extends Pick<
    EndpointTerms,
    'model' | 'api' | 'answers' | 'temperature' | 'maxTokens' | 'seed' | 'logprobs'
  > {
  readonly access: AuditTerms['access'];
  /** The whole address, with its query. */
  readonly address: string;
  /** With `access` `reading`. */
  readonly readBy: NonNullable<EndpointTerms['readBy']>;
  /** Requests are twice the answers unless given. */
  readonly budget: Partial<AuditBudget>;
}

/**
 * Returns how an endpoint is asked, as it is fixed beforehand.
 *
 * @param prompts digest and number of what it is asked.
 * @throws {RangeError} if the address is none.
 */
export function fixEndpointTerms(
  {
    access,
    address,
    model,
    api,
    readBy,
    answers,
    temperature,
    maxTokens,
    seed,
    logprobs,
    budget,
  }: EndpointWishes,
  prompts: EndpointTerms['prompts'],
): EndpointTerms {
  const isReading = access === 'reading';
  return {
    address: shownAddress(address),
    addressDigest: createHash('sha256').update(address).digest('hex'),
    model,
    api: isReading ? 'completions' : api,
    ...(isReading ? { readBy } : {}),
    prompts,
    answers,
    temperature,
    maxTokens,
    ...(seed === undefined ? {} : { seed }),
    logprobs,
    budget: {
      requests: 2 * answers * prompts.count,
      ...Object.fromEntries(Object.entries(budget).filter(([, most]) => most !== undefined)),
    },
  };
}

/** How questions are read, for the way in which an endpoint is asked. */
export function questionForm({
  access,
  api,
  readBy,
}: Pick<EndpointWishes, 'access' | 'api' | 'readBy'>): Pick<EndpointTerms, 'api' | 'readBy'> {
  return access === 'reading' ? { api: 'completions', readBy } : { api };
}
