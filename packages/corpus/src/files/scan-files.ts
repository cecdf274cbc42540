/** Name of the manifest in a scan's directory. */
export const MANIFEST = 'manifest.json';
/** Name of the directory of parts in it. */
export const PARTS = 'parts';
/** Names of the result's files in it. */
export const SUMMARY = 'summary.json';
export const DOCUMENTS = 'documents.parquet';
export const REPORT = 'report.html';
/** Every file that a scan writes into its directory itself. */
export const SCAN_FILES: readonly string[] = [MANIFEST, SUMMARY, DOCUMENTS, REPORT];

/** Name of a file of the documents, where they are in several. */
export function documentsFile(number: number): string {
  return `documents-${String(number).padStart(5, '0')}.parquet`;
}

/** Whether a name is that of a file of documents: of the only one, or of one of several. */
export function isDocumentsFile(name: string): boolean {
  return name === DOCUMENTS || /^documents-\d{5,}\.parquet$/.test(name);
}
