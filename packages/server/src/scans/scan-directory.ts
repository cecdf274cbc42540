import { join } from 'node:path';
import { PARTS } from '@countermark/corpus/driver';
import { makePrivate, removeTree, WorkDirectories } from '../jobs/work-directories.ts';

/** Where the files of scans are: the manifest, uploads, parts and the result of each. */
export class ScanDirectories extends WorkDirectories {
  /** @param data the data directory. */
  constructor(data: string) {
    super(data, 'scans');
  }

  /** Where a scan's parts are. */
  parts(id: string): string {
    return join(this.of(id), PARTS);
  }

  /** Makes a directory for parts. */
  makeParts(id: string): Promise<string> {
    return makePrivate(this.parts(id));
  }

  /** Removes what only work needed: what was uploaded, and the parts. */
  override async removeWork(id: string): Promise<void> {
    await super.removeWork(id);
    await removeTree(this.parts(id));
  }
}
