import { counted } from '../counted.ts';

/** Begins a sentence on results of scans, which are files and in no database. */
export function resultsInWords(results: number): string {
  return `the results of ${counted(results, 'scan')}, which are files below`;
}
