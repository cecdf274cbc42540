import { counted } from '../counted.ts';

/** What a backup says that it has not. */
interface NotIncluded {
  readonly scanResults: number;
  readonly auditResults?: number | undefined;
}

/** Begins a sentence on each kind of results that are files and in no database, if there are any. */
export function resultsInWords({ scanResults, auditResults = 0 }: NotIncluded): string[] {
  return [
    ...(scanResults > 0
      ? [`the results of ${counted(scanResults, 'scan')}, which are files below "scans"`]
      : []),
    ...(auditResults > 0
      ? [`the results and journals of ${counted(auditResults, 'audit')}, which are files below "audits"`]
      : []),
  ];
}
