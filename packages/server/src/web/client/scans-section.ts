import type { Api } from './api.ts';
import { askFirst } from './ask-first.ts';
import { byId } from './element.ts';
import { readEvents } from './event-stream.ts';
import { ProblemBox } from './problem-box.ts';
import { isEnded, type Scan, ScanCard, type ScanProgress } from './scan-card.ts';
import type { Session } from './session.ts';
import { isNotAllowed } from './sign-in-form.ts';

/** Milliseconds until a stream that broke off is asked for again. */
const PAUSE_MS = 2000;

/** Lets people submit corpora, watch their scans and fetch the reports. */
export function scansSection(session: Session, api: Api): void {
  const section = byId('scans', HTMLElement);
  const list = byId('scan-list', HTMLElement);
  const none = byId('no-scans', HTMLElement);
  const form = byId('scan-form', HTMLFormElement);
  const file = byId('scan-file', HTMLInputElement);
  const submit = byId('scan-submit', HTMLButtonElement);
  const said = byId('scan-said', HTMLElement);
  const problems = new ProblemBox(byId('scan-problem', HTMLElement));
  let left = new AbortController();

  const attempt = async (work: () => Promise<void>): Promise<void> => {
    problems.clear();
    said.textContent = '';
    try {
      await work();
    } catch (error) {
      problems.show(error);
    }
  };
  const show = (scan: Scan): ScanCard => {
    const card: ScanCard = new ScanCard(scan, {
      report: () => attempt(() => saveReport(api, scan)),
      remove: () => attempt(() => remove(card)),
    });
    return card;
  };
  const remove = async (card: ScanCard): Promise<void> => {
    const hasEnded = isEnded(card.scan);
    const question = hasEnded
      ? 'Delete this scan with its report and what was uploaded? This cannot be undone.'
      : 'Cancel this scan? What was uploaded is removed.';
    if (!(await askFirst(question, hasEnded ? 'Delete' : 'Cancel the scan'))) return;
    const answer = await api.send(pathOf(card.scan), { method: 'DELETE' });
    // One that ran stays in the list, as cancelled.
    if (answer.status === 200) {
      card.update((await answer.json()) as Scan);
      return;
    }
    card.node.remove();
    none.hidden = list.childElementCount > 0;
    said.textContent = 'The scan was deleted.';
    // What was pressed is gone.
    said.focus();
  };
  const watch = async (card: ScanCard): Promise<void> => {
    const { signal } = left;
    const path = pathOf(card.scan);
    const isOpen = (): boolean => !signal.aborted && card.node.isConnected && !isEnded(card.scan);
    let lastEventId = '';
    while (isOpen()) {
      const events = await api.send(`${path}/events`, { accept: 'text/event-stream', lastEventId, signal });
      for await (const { id, name, data } of readEvents(events)) {
        lastEventId = id;
        card.update(withEvent(card.scan, name, data));
        if (!isOpen()) break;
      }
      if (isOpen()) await new Promise((resolve) => setTimeout(resolve, PAUSE_MS));
      if (!signal.aborted && card.node.isConnected) card.update(await api.json<Scan>(path, { signal }));
    }
    if (isEnded(card.scan)) said.textContent = `The scan is ${card.scan.status}.`;
  };
  const load = async (): Promise<void> => {
    const { data } = await api.json<{ readonly data: readonly Scan[] }>('/v1/scans', { signal: left.signal });
    const cards = data.map(show);
    list.replaceChildren(...cards.map(({ node }) => node));
    none.hidden = cards.length > 0;
    section.hidden = false;
    for (const card of cards) if (!isEnded(card.scan)) void attempt(() => watch(card));
  };

  form.addEventListener('submit', async (event) => {
    event.preventDefault();
    await attempt(async () => {
      const [chosen] = file.files ?? [];
      if (chosen === undefined) throw new Error('Choose a file first');
      submit.textContent = 'Uploading…';
      submit.setAttribute('aria-disabled', 'true');
      const upload = new FormData();
      upload.append('file', chosen, chosen.name);
      try {
        const scan = await api.json<Scan>('/v1/scans', { method: 'POST', form: upload });
        const card = show(scan);
        list.prepend(card.node);
        none.hidden = true;
        form.reset();
        said.textContent = 'The scan was submitted.';
        void attempt(() => watch(card));
      } finally {
        submit.textContent = 'Scan this file';
        submit.removeAttribute('aria-disabled');
      }
    });
  });
  session.follow(async () => {
    left.abort();
    left = new AbortController();
    section.hidden = true;
    list.replaceChildren();
    if (session.apiKey === undefined) return;
    try {
      await load();
    } catch (error) {
      if (isNotAllowed(error)) return;
      section.hidden = false;
      problems.show(error);
    }
  });
}

/** Saves a report as a file: shown from here, the page's own policy would keep its style sheet from it. */
async function saveReport(api: Api, scan: Scan): Promise<void> {
  const report = await api.send(`${pathOf(scan)}/report`, { accept: 'text/html' });
  const address = URL.createObjectURL(await report.blob());
  const link = document.createElement('a');
  link.href = address;
  link.download = `scan-${scan.id}.html`;
  link.click();
  URL.revokeObjectURL(address);
}

function pathOf({ id }: Scan): string {
  return `/v1/scans/${encodeURIComponent(id)}`;
}

/** A `progress` says how far the scan is, a `status` what else has changed. */
function withEvent(scan: Scan, name: string, data: string): Scan {
  if (name === 'progress') return { ...scan, progress: JSON.parse(data) as ScanProgress };
  if (name === 'status') return { ...scan, ...(JSON.parse(data) as Partial<Scan>) };
  return scan;
}
