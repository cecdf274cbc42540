import { join } from 'node:path';
import { WorkDirectories } from '../jobs/work-directories.ts';

/** Names of an audit's files in its directory. */
export const AUDIT_FILES = {
  prompts: 'prompts.jsonl',
  journal: 'audit.journal',
  result: 'result.json',
  report: 'report.html',
} as const;

/** Where the files of audits are. All of them stay until the audit is removed: they are what its result rests on. */
export class AuditDirectories extends WorkDirectories {
  /** @param data the data directory. */
  constructor(data: string) {
    super(data, 'audits');
  }

  /** The path of one of an audit's files. */
  file(id: string, name: keyof typeof AUDIT_FILES): string {
    return join(this.of(id), AUDIT_FILES[name]);
  }

  override removeWork(): Promise<void> {
    return Promise.resolve();
  }
}
