import { AUDIT_ACTIONS, type AuditAction, listAudit } from '@countermark/server';
import { Command, Option } from 'commander';
import { formatOption, parseInteger } from '../options.ts';
import { writeData, writeJson } from '../output.ts';
import { dataOption, inStore } from '../server/in-store.ts';

interface AuditLogOptions {
  readonly action?: AuditAction;
  readonly subject?: string;
  readonly actor?: string;
  readonly limit: number;
  readonly data?: string;
  readonly format: 'text' | 'json';
}

/** `countermark audit-log`: reads the audit log of a server's store. */
export function auditLogCommand(): Command {
  return new Command('audit-log')
    .addOption(new Option('--action <action>', 'only entries of this kind').choices([...AUDIT_ACTIONS]))
    .option('--subject <id>', 'only about this key, also where it was used, API key or scan')
    .option('--actor <id>', 'only by this API key, or by command, server or public')
    .option('--limit <n>', 'so many entries at most', parseInteger(1), 1000)
    .addOption(dataOption())
    .addOption(formatOption(['text', 'json']))
    .action(printAuditLog);
}

async function printAuditLog({ data, format, ...query }: AuditLogOptions): Promise<void> {
  const entries = await inStore(data, ({ database }) => listAudit(database, query));
  if (format === 'json') {
    await writeJson({ object: 'list', data: entries });
    return;
  }
  for (const { at, actor, action, subject, details } of entries) {
    await writeData(
      `${at.toISOString()}  ${actor}  ${action}  ${subject ?? '-'}  ${JSON.stringify(details)}\n`,
    );
  }
}
