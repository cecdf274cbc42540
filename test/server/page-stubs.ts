/** Answers of the API for tests of the page, given in the browser in place of the server's. */
import type { Page } from 'playwright-core';

/** An id that would do something if it were not escaped. */
export const HOSTILE = `<img src="/hostile" onerror="document.title = 'hostile'">"'&amp;`;

/** A text of some length, and what a detection with evidence says of it. */
export function stubDetection(): { readonly text: string; readonly detection: unknown } {
  const words =
    'The river rose in the night and by morning the lower fields were under water, '
      .repeat(6)
      .match(/\S+\s*/g) ?? [];
  const statuses = ['scored', 'scored', 'other-slot', 'scored', 'duplicate', 'scored'] as const;
  let at = 0;
  const tokens = words.map((word, i) => {
    const start = at;
    at += word.length;
    const status = i < 4 ? 'without-context' : statuses[i % statuses.length];
    const log10PValue = status === 'scored' ? -((i * 37) % 25) / 10 : 0;
    return { id: 100 + i, characters: { start, end: at }, status, score: 0, log10PValue };
  });
  const text = words.join('');
  const scored = tokens.filter(({ status }) => status === 'scored').length;
  const curve = Array.from({ length: tokens.length + 1 }, (_, i) => ({
    tokens: i,
    log10PValue: -0.11 * i + Math.min(0.4, 0.02 * i),
  }));
  return {
    text,
    detection: {
      object: 'detection',
      verdict: 'detected',
      log10PValue: -9.34,
      scored,
      total: tokens.length,
      alpha: 0.001,
      minTokens: 16,
      keyId: '9eff838e8f67258af1deadb6ddfc7723',
      statistic: { scheme: 'gumbel', sum: 1, mean: 2000, nullMean: 1000, zScore: 6 },
      keys: [{}],
      regions: [{ characters: { start: 160, end: 330 }, scored: 30, log10PValue: -8.1 }],
      tokens,
      curve,
      accounts: {
        verdict: 'named',
        named: [
          { account: 'user-17', log10PValue: -7.2 },
          { account: HOSTILE, log10PValue: -3.5 },
        ],
        alpha: 0.001,
      },
    },
  };
}

/** Answers detections. */
export async function stubDetections(page: Page, status: number, answer: unknown): Promise<unknown[]> {
  const asked: unknown[] = [];
  await page.route('**/v1/detections', async (route) => {
    asked.push({
      json: route.request().postDataJSON(),
      authorization: await route.request().headerValue('authorization'),
    });
    const contentType = status < 400 ? 'application/json' : 'application/problem+json';
    await route.fulfill({ status, contentType, body: JSON.stringify(answer) });
  });
  return asked;
}

/** Answers one scan's life: submitted, read half, done. */
export async function stubScans(
  page: Page,
): Promise<{ readonly uploads: string[]; readonly resumed: string[] }> {
  const uploads: string[] = [];
  const resumed: string[] = [];
  const progress = (bytes: number): unknown => ({
    shards: 4,
    finished: bytes / 25,
    documents: bytes * 12,
    tokens: bytes * 2500,
    bytes,
    totalBytes: 100,
    strong: bytes / 4,
    failed: 0,
  });
  const scan = (status: string, bytes: number): unknown => ({
    object: 'scan',
    id: 'scan-1',
    status,
    verdict: status === 'done' ? 'detected' : null,
    problem: null,
    inputs: ['corpus.jsonl'],
    keyIds: [],
    progress: progress(bytes),
    created: '2026-01-02T03:04:05.000Z',
    started: null,
    ended: null,
  });
  let isDone = false;
  await page.route('**/v1/scans', async (route) => {
    if (route.request().method() === 'GET') {
      await route.fulfill({ json: { object: 'list', data: [], next: null } });
      return;
    }
    uploads.push(route.request().postData() ?? '');
    await route.fulfill({ status: 202, json: scan('queued', 0) });
  });
  await page.route('**/v1/scans/scan-1', (route) => {
    if (route.request().method() === 'DELETE') return route.fulfill({ status: 204 });
    return route.fulfill({ json: isDone ? scan('done', 100) : scan('scanning', 50) });
  });
  await page.route('**/v1/scans/scan-1/events', async (route) => {
    const event = (id: number, name: string, data: unknown): string =>
      `id: ${id}\nevent: ${name}\ndata: ${JSON.stringify(data)}\n\n`;
    const last = await route.request().headerValue('last-event-id');
    if (last !== null) resumed.push(last);
    isDone = last !== null;
    // The first stream breaks off, as one does through a proxy.
    const body = isDone
      ? event(3, 'progress', progress(100)) + event(4, 'status', { status: 'done', verdict: 'detected' })
      : `retry: 2000\n\n: hello\n\n${event(1, 'status', { status: 'scanning' })}${event(2, 'progress', progress(50))}`;
    await route.fulfill({ contentType: 'text/event-stream', body });
  });
  await page.route('**/v1/scans/scan-1/report', (route) =>
    route.fulfill({ contentType: 'text/html', body: '<!doctype html><title>Report</title>' }),
  );
  return { uploads, resumed };
}
