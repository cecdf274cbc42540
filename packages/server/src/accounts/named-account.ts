/** Whose completion a request asks for: docs/server.md, "What an account's name proves". */
import { TextDecoder } from 'node:util';
import type { Request } from 'express';
import type { Caller } from '../access/scopes.ts';
import { Problem } from '../http/problem.ts';
import { ACCOUNT_ID_FORM, isAccountId } from './account-id.ts';

/** Where a gateway says which account a completion is for, as `COUNTERMARK_ACCOUNT_FROM` has it. */
export type AccountSource = 'tenant' | 'user' | 'safety_identifier' | `header:${string}`;

// What these say is somebody else's to read, or is in a log.
const TAKEN_HEADERS: ReadonlySet<string> = new Set([
  ...['authorization', 'proxy-authorization', 'cookie', 'host', 'forwarded', 'x-forwarded-for'],
  ...['x-request-id', 'traceparent', 'tracestate', 'user-agent', 'connection', 'upgrade', 'expect'],
  ...['content-type', 'content-length', 'content-encoding', 'transfer-encoding', 'accept', 'origin'],
]);

/** Reads the setting; undefined where it is no source. Names of headers have no case. */
export function accountSourceOf(setting: string): AccountSource | undefined {
  if (setting === 'tenant' || setting === 'user' || setting === 'safety_identifier') return setting;
  const [, name = ''] = /^header:([A-Za-z0-9!#$%&'*+.^_`|~-]{1,64})$/.exec(setting) ?? [];
  const header = name.toLowerCase();
  return header === '' || TAKEN_HEADERS.has(header) ? undefined : `header:${header}`;
}

/** A request for a completion, as far as it may name an account. */
export interface NamingRequest {
  readonly body: { readonly user?: unknown; readonly safety_identifier?: unknown };
  readonly request: Pick<Request, 'headersDistinct'>;
  readonly caller: Caller;
}

/**
 * Returns the account that a completion is marked for: the one that an engine's key names where the setting says, or else the tenant of the
 * API key.
 *
 * A key without the scope `engine` names nobody: fields, which clients fill in for other reasons, are ignored, and the header is refused.
 *
 * @throws {Problem} `forbidden` for such a header, `invalid-request` for a name that cannot be one, or for two of them.
 */
export function accountOf(source: AccountSource, { body, request, caller }: NamingRequest): string {
  if (source === 'tenant') return caller.tenant;
  const isEngine = caller.scopes.includes('engine');
  if (source === 'user' || source === 'safety_identifier') {
    const given = isEngine ? (body[source] ?? undefined) : undefined;
    return given === undefined ? caller.tenant : checked(given, source);
  }
  const header = source.slice('header:'.length);
  const [value, ...others] = request.headersDistinct[header] ?? [];
  if (value === undefined) return caller.tenant;
  if (!isEngine) {
    throw new Problem(
      'forbidden',
      `the header "${header}" names an account, and the API key lacks the scope "engine"`,
      {
        param: header,
      },
    );
  }
  // Whoever sends a header of a gateway's beside the gateway's own would have his name read.
  if (others.length > 0) {
    throw new Problem('invalid-request', `"${header}": must be there once`, { param: header });
  }
  return checked(utf8Of(value), header);
}

function checked(given: unknown, param: string): string {
  if (typeof given === 'string' && isAccountId(given)) return given;
  throw new Problem('invalid-request', `"${param}": ${ACCOUNT_ID_FORM}`, { param });
}

// Node reads each byte of a header as a character: an id must be the same account wherever it stands.
function utf8Of(header: string): string | undefined {
  try {
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(Buffer.from(header, 'latin1'));
  } catch {
    return undefined;
  }
}
