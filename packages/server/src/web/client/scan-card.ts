import { formatCount } from '@countermark/report/numbers';
import { button, element } from './element.ts';

/** How far a scan is. */
export interface ScanProgress {
  readonly shards: number;
  readonly finished: number;
  readonly documents: number;
  readonly tokens: number;
  readonly bytes: number;
  /** 0 while it is not known. */
  readonly totalBytes: number;
  /** Documents with p ≤ 1e-6, uncorrected. */
  readonly strong: number;
  /** Records that could not be read. */
  readonly failed: number;
}

/** A scan, as far as the page shows it. */
export interface Scan {
  readonly id: string;
  readonly status: 'queued' | 'planning' | 'scanning' | 'merging' | 'done' | 'failed' | 'cancelled';
  readonly progress: ScanProgress;
  /** Of a scan that is done. */
  readonly verdict: string | null;
  /** Why it failed. */
  readonly problem: string | null;
  /** Names of what is scanned. */
  readonly inputs: readonly string[];
  readonly created: string;
}

/** What can be done with a scan. */
interface ScanActions {
  readonly report: () => Promise<void>;
  readonly remove: () => Promise<void>;
}

/** Whether a scan changes no more. */
export function isEnded({ status }: Scan): boolean {
  return status === 'done' || status === 'failed' || status === 'cancelled';
}

/** A scan on the page, which follows its progress. */
export class ScanCard {
  readonly node: HTMLElement;
  #scan: Scan;
  readonly #status = element('strong');
  readonly #bar = element('progress', { max: 1, 'aria-label': 'progress of the scan' });
  readonly #counts = element('p', { class: 'note' });
  readonly #report: HTMLButtonElement;
  readonly #remove: HTMLButtonElement;
  readonly #when: string;

  constructor(scan: Scan, { report, remove }: ScanActions) {
    this.#scan = scan;
    const when = scan.created.slice(0, 16).replace('T', ' ');
    this.#when = when;
    this.#remove = button('', () => void remove());
    this.#report = button('Save the report', () => void report(), {
      class: 'primary',
      'aria-label': `Save the report of the scan of ${when}`,
    });
    this.node = element(
      'li',
      { class: 'scan' },
      element('p', {}, this.#status, ` · ${scan.inputs.join(', ')} · ${when} UTC`),
      this.#bar,
      this.#counts,
      element('p', { class: 'actions' }, this.#report, this.#remove),
    );
    this.update(scan);
  }

  get scan(): Scan {
    return this.#scan;
  }

  /** Shows a later state. */
  update(scan: Scan): void {
    this.#scan = scan;
    const { status, progress } = scan;
    this.#status.textContent = inWords(scan);
    this.#bar.hidden = isEnded(scan);
    const share = shareOf(progress);
    if (share === undefined) this.#bar.removeAttribute('value');
    else this.#bar.value = share;
    this.#counts.textContent = scan.problem ?? countsOf(progress);
    this.#report.hidden = status !== 'done';
    const action = isEnded(scan) ? 'Delete' : 'Cancel';
    this.#remove.textContent = action;
    this.#remove.setAttribute('aria-label', `${action} the scan of ${this.#when}`);
  }
}

function shareOf({ bytes, totalBytes, finished, shards }: ScanProgress): number | undefined {
  if (totalBytes > 0) return Math.min(1, bytes / totalBytes);
  return shards > 0 ? finished / shards : undefined;
}

function inWords({ status, verdict }: Scan): string {
  const words = status.charAt(0).toUpperCase() + status.slice(1);
  return verdict === null ? words : `${words}: ${verdict.replace('-', ' ')}`;
}

function countsOf({ documents, tokens, strong, failed }: ScanProgress): string {
  if (documents === 0) return 'No document was read yet.';
  const unread = failed === 0 ? '' : `; ${formatCount(failed)} could not be read`;
  return `${formatCount(documents)} documents, ${formatCount(tokens)} tokens; ${formatCount(strong)} documents with p ≤ 1e-6, uncorrected${unread}`;
}
