import { readFile } from 'node:fs/promises';
import {
  type AuditTerms,
  checkPlanned,
  type EndpointTerms,
  fixTerms,
  parseAuditPlan,
} from '@countermark/audit';
import type { WatermarkKey } from '@countermark/watermark';
import { CommandError, checkingValues } from '../command-error.ts';
import type { AuditOptions } from './audit-options.ts';
import type { OpenedAudit } from './opened-audit.ts';

/** Returns everything that is fixed about an audit. */
export function termsOf(
  key: WatermarkKey,
  { access, alpha, minContexts, decoys, stop = false }: AuditOptions,
  { excluded, served }: Pick<OpenedAudit, 'excluded' | 'served'>,
  endpoint?: EndpointTerms,
): AuditTerms {
  const [filter] = served.inputs;
  if (filter !== undefined && stop) {
    throw new CommandError(
      'give either --stop or --served: with the served contexts alone the e-value has a bound at the end only',
    );
  }
  const files = { excluded: excluded.map(({ sha256 }) => sha256), filter: filter?.sha256 };
  return checkingValues(() =>
    fixTerms(key, { access, alpha, minContexts, decoys, mayStop: stop }, files, endpoint),
  );
}

/**
 * Checks an audit against a plan, if there is one.
 *
 * @throws {AuditError} naming what differs.
 */
export async function checkPlan(path: string | undefined, terms: AuditTerms): Promise<void> {
  if (path === undefined) return;
  checkPlanned(parseAuditPlan(await readFile(path, 'utf8')), terms);
}

/** The key file, which commander cannot ask for where a subcommand has its own. */
export function keyFileOf({ key }: Pick<AuditOptions, 'key'>): string {
  if (key === undefined) throw new CommandError("required option '--key <file>' not specified");
  return key;
}
