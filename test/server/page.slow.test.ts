import { readFileSync } from 'node:fs';
import { formatPValue } from '@countermark/report';
import type { Browser, BrowserContextOptions, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { keepPicture } from '../report/artefacts.ts';
import { runAxe } from '../report/axe.ts';
import { launchChromium, missingChromium } from '../report/chromium.ts';
import { measureTexts } from '../report/contrast.ts';
import { HOSTILE, stubDetection, stubDetections, stubScans } from './page-stubs.ts';
import { type PreparedServer, startPreparedServer } from './test-server.ts';

const NARROW = { width: 360, height: 740 };
const WIDE = { width: 1280, height: 900 };
const KEY_ID = '9eff838e8f67258af1deadb6ddfc7723';
const PUBLIC = { object: 'public-detection', verdict: 'detected', strength: 6, minTokens: 200 };

describe.skipIf(missingChromium !== undefined)(`the page (${missingChromium ?? 'Chromium'})`, () => {
  let server: PreparedServer;
  let browser: Browser;
  const faults: string[] = [];

  beforeAll(async () => {
    server = await startPreparedServer();
    browser = await launchChromium();
  }, 300_000);

  afterAll(async () => {
    await browser?.close();
  });

  async function open(options: BrowserContextOptions = {}): Promise<Page> {
    const context = await browser.newContext({ viewport: WIDE, ...options });
    const page = await context.newPage();
    page.on('pageerror', (error) => faults.push(String(error)));
    page.on('console', (message) => {
      if (message.text().includes('Content Security Policy')) faults.push(message.text());
    });
    page.on('request', (request) => {
      if (!/^(data|blob):/.test(request.url()) && !request.url().startsWith(server.url))
        faults.push(request.url());
    });
    await page.goto(server.url);
    return page;
  }

  async function signIn(page: Page): Promise<void> {
    await page.getByText('Sign in').first().click();
    await page.getByLabel('API key').fill(server.adminToken);
    await page.getByRole('button', { name: 'Sign in' }).click();
    await page.getByRole('button', { name: 'Sign out' }).waitFor();
  }

  it('gives anybody a verdict on a pasted text, with its strength and what it does not show', async () => {
    const page = await open();
    const asked = await stubDetections(page, 200, PUBLIC);
    await page.getByLabel('Text', { exact: true }).fill('A text that somebody pasted.');
    await page.getByRole('button', { name: 'Test this text' }).click();
    const verdict = page.getByRole('status', { name: 'verdict' });
    await verdict.getByText('Detected', { exact: true }).waitFor();
    const said = await verdict.textContent();
    expect(said).toContain('at most 1e-6');
    expect(said).toContain('does not show');
    expect(said).not.toMatch(/human|AI|written by/i);
    expect(asked).toEqual([
      { json: { text: 'A text that somebody pasted.', share: true }, authorization: null },
    ]);
    await keepPicture(page, 'page-public');
    await page.context().close();
  });

  it.each([
    ['not-detected', 'Not detected'],
    ['inconclusive', 'Inconclusive'],
  ])('says %s in words, and claims nothing', async (verdict, words) => {
    const page = await open();
    await stubDetections(page, 200, { ...PUBLIC, verdict, strength: 0 });
    await page.getByLabel('Text', { exact: true }).fill('A text.');
    await page.getByRole('button', { name: 'Test this text' }).click();
    await page.locator('#verdict').getByText(words, { exact: true }).waitFor();
    expect(await page.locator('#verdict').textContent()).not.toMatch(/probability|human|AI/);
    await page.context().close();
  });

  it('reads .txt and .json files, and says what to do with others', async () => {
    const page = await open();
    const choose = (name: string, content: string): Promise<void> =>
      page
        .locator('#file')
        .setInputFiles({ name, mimeType: 'application/octet-stream', buffer: Buffer.from(content) });
    const field = page.getByLabel('Text', { exact: true });
    await choose('answer.txt', 'From a file.');
    await expect.poll(() => field.inputValue()).toBe('From a file.');
    await choose('answer.json', '{"text":"From JSON.","tokenIds":[1,2]}');
    await expect.poll(() => field.inputValue()).toBe('From JSON.');
    for (const [name, content, advice] of [
      ['paper.pdf', '%PDF', 'copy its text'],
      ['corpus.jsonl', '{}', 'as a scan'],
      ['broken.json', '{', 'not JSON'],
      ['list.json', '[]', 'member "text"'],
    ] as const) {
      await choose(name, content);
      await page.getByRole('alert').getByText(advice).waitFor();
    }
    expect(await field.inputValue()).toBe('From JSON.');
    await page.context().close();
  });

  it('says a problem in place, and moves the focus to it', async () => {
    const page = await open();
    await stubDetections(page, 429, {
      type: '/problems/budget-spent',
      title: 'The budget of this hour is spent',
      status: 429,
      detail: 'this client has asked for 60 detections in an hour',
      instance: 'request-1',
    });
    await page.getByRole('button', { name: 'Test this text' }).click();
    await page.getByRole('alert').getByText('There is no text yet').waitFor();
    await page.getByLabel('Text', { exact: true }).fill('A text.');
    await page.getByRole('button', { name: 'Test this text' }).click();
    const alert = page.getByRole('alert').filter({ hasText: 'The budget of this hour is spent' });
    await alert.waitFor();
    expect(await alert.evaluate((box) => box === document.activeElement)).toBe(true);
    expect(await alert.textContent()).toContain('request-1');
    await keepPicture(page, 'page-problem');
    await page.context().close();
  });

  it('is used by the keyboard alone', async () => {
    const page = await open();
    await stubDetections(page, 200, PUBLIC);
    const focused = (): Promise<string> => page.evaluate(() => document.activeElement?.id ?? '');
    for (let i = 0; i < 10 && (await focused()) !== 'text'; i++) await page.keyboard.press('Tab');
    expect(await focused()).toBe('text');
    await page.keyboard.type('Typed, not clicked.');
    // Past the two texts that may be tried.
    for (let i = 0; i < 3; i++) await page.keyboard.press('Tab');
    expect(await focused()).toBe('detect');
    const outline = await page.locator('#detect').evaluate((button) => getComputedStyle(button).outlineStyle);
    expect(outline).toBe('solid');
    await page.keyboard.press('Enter');
    await page.locator('#verdict').getByText('Detected', { exact: true }).waitFor();
    await page.context().close();
  });

  it('refuses an API key that is not valid, and keeps a valid one in the tab only', async () => {
    const page = await open();
    await page.getByText('Sign in').first().click();
    await page.getByLabel('API key').fill(`cmk_${'0'.repeat(12)}_${'x'.repeat(43)}`);
    await page.getByRole('button', { name: 'Sign in' }).click();
    await page.getByRole('alert').getByText('unknown, expired or revoked').waitFor();
    await page.getByLabel('API key').fill(server.adminToken);
    await page.keyboard.press('Enter');
    await page.getByRole('button', { name: 'Sign out' }).waitFor();
    expect(page.url()).not.toContain('cmk_');
    expect(await page.content()).not.toContain(server.adminToken);
    expect(await page.evaluate(() => [localStorage.length, document.cookie])).toEqual([0, '']);
    await page.getByRole('button', { name: 'Sign out' }).click();
    expect(await page.evaluate(() => sessionStorage.length)).toBe(0);
    await page.context().close();
  });

  it('offers account slots to those signed in, where there are registered accounts, and nowhere else', async () => {
    const without = await open();
    expect(await without.locator('#account-slots').count()).toBe(0);
    await without.context().close();
    const body = { ids: ['anna', 'boris'] };
    const added = { method: 'POST', token: server.adminToken, body };
    expect((await server.call('/v1/accounts', added)).status).toBe(200);
    try {
      const page = await open();
      const slots = page.getByLabel('Test account slots too');
      expect(await slots.isVisible()).toBe(false);
      await signIn(page);
      const { text, detection } = stubDetection();
      const accountSlots = { accounts: 2, scored: 345 };
      const asked = await stubDetections(page, 200, { ...(detection as object), accountSlots });
      await page.getByText('trace accounts').click();
      await slots.check();
      await page.getByLabel('Text', { exact: true }).fill(text);
      await page.getByRole('button', { name: 'Test this text' }).click();
      await page.getByText('345, of 2 accounts').waitFor();
      expect(asked).toMatchObject([{ json: { text, accountSlots: { registered: true } } }]);
      expect((await runAxe(page)).violations).toEqual([]);
      await page.getByRole('button', { name: 'Sign out' }).click();
      expect(await slots.isChecked()).toBe(false);
      await page.context().close();
    } finally {
      await server.call('/v1/accounts/remove', added);
    }
  });

  it.each([
    ['light', WIDE, 'page-evidence-light'],
    ['dark', WIDE, 'page-evidence-dark'],
    ['light', NARROW, 'page-evidence-narrow'],
  ] as const)(
    'shows evidence to those signed in, readable in %s at %o',
    async (colorScheme, viewport, picture) => {
      const page = await open({ colorScheme, viewport, bypassCSP: true });
      await signIn(page);
      const { text, detection } = stubDetection();
      const asked = await stubDetections(page, 200, detection);
      await page.getByText('trace accounts').click();
      await page.getByLabel('Key', { exact: true }).fill(KEY_ID);
      await page.getByLabel('Account ids').fill('user-17\n\n user-18 ');
      await page.getByLabel('Text', { exact: true }).fill(text);
      await page.getByRole('button', { name: 'Test this text' }).click();
      await page.getByRole('heading', { name: 'Tokens' }).waitFor();
      expect(asked).toEqual([
        {
          json: {
            text,
            regions: true,
            tokens: true,
            curve: true,
            keyIds: [KEY_ID],
            accounts: { ids: ['user-17', 'user-18'] },
          },
          authorization: `Bearer ${server.adminToken}`,
        },
      ]);
      expect(await page.locator('.heat').textContent()).toBe(text);
      expect(await page.locator('mark').count()).toBe(1);
      expect(await page.getByText('user-17').isVisible()).toBe(true);
      expect(await page.getByText(HOSTILE).isVisible()).toBe(true);
      expect(await page.locator('img').count()).toBe(0);
      const curve = await page.getByRole('img').getAttribute('aria-label');
      expect(curve).toContain('p-value against tokens read');
      await page.getByText('Tokens as a table').click();
      const rows = page.getByRole('region', { name: 'tokens as a table' }).locator('tbody tr');
      await expect.poll(() => rows.count()).toBeGreaterThan(50);
      await page.getByText('Tokens as a table').click();
      const { violations, passes } = await runAxe(page);
      expect(violations).toEqual([]);
      expect(passes).toContain('color-contrast');
      const faint = (await measureTexts(page)).filter(({ contrast }) => contrast > 1 && contrast < 4.5);
      expect(faint.map(({ text: words }) => words)).toEqual([]);
      expect(await page.evaluate(() => document.documentElement.scrollWidth)).toBeLessThanOrEqual(
        viewport.width,
      );
      await keepPicture(page, picture);
      await page.context().close();
    },
  );

  it.each([
    ['light', WIDE],
    ['dark', NARROW],
  ] as const)('is clean to axe before anything is done, in %s at %o', async (colorScheme, viewport) => {
    const page = await open({ colorScheme, viewport, bypassCSP: true });
    expect((await runAxe(page)).violations).toEqual([]);
    await page.getByText('Sign in').first().click();
    expect((await runAxe(page)).violations).toEqual([]);
    expect(await page.evaluate(() => document.documentElement.scrollWidth)).toBeLessThanOrEqual(
      viewport.width,
    );
    await keepPicture(page, `page-start-${colorScheme}`);
    await page.context().close();
  });

  it('submits a corpus, follows its progress through a broken stream, and saves the report', async () => {
    const page = await open({ bypassCSP: true });
    const { uploads, resumed } = await stubScans(page);
    await signIn(page);
    await page.getByText('No scan yet').waitFor();
    await page.getByLabel('Corpus').setInputFiles({
      name: 'corpus.jsonl',
      mimeType: 'application/jsonl',
      buffer: Buffer.from('{"text":"one"}\n'),
    });
    await page.getByRole('button', { name: 'Scan this file' }).click();
    await page.getByText('Scanning').waitFor();
    expect(await page.getByRole('progressbar').getAttribute('value')).toBe('0.5');
    expect(uploads[0]).toContain('corpus.jsonl');
    expect((await runAxe(page)).violations).toEqual([]);
    const save = page.getByRole('button', { name: /Save the report/ });
    await save.waitFor();
    expect(resumed).toEqual(['2']);
    await page.getByText('Done: detected').waitFor();
    await keepPicture(page, 'page-scans');
    const [download] = await Promise.all([page.waitForEvent('download'), save.click()]);
    expect(download.suggestedFilename()).toBe('scan-scan-1.html');
    expect(readFileSync(await download.path(), 'utf8')).toContain('<title>Report</title>');
    await page.getByRole('button', { name: /Delete the scan/ }).click();
    await page.getByRole('button', { name: 'Delete', exact: true }).click();
    await page.getByText('The scan was deleted').waitFor();
    await page.context().close();
  });

  it('makes, rotates and retires keys, asking first', async () => {
    const page = await open({ bypassCSP: true });
    await signIn(page);
    const rows = page.locator('#key-rows tr');
    await expect.poll(() => rows.count()).toBe(1);
    await page.getByText('Make a key').first().click();
    await page.getByLabel('Label').fill('gateway');
    await page.getByLabel('Tokenizer').fill('demo');
    await page.getByRole('button', { name: 'Make a key' }).click();
    await page.getByText('gateway has a key now').waitFor();
    await page.getByRole('button', { name: 'Rotate gateway' }).click();
    await page.getByRole('button', { name: 'Cancel' }).click();
    expect(await rows.count()).toBe(2);
    await page.getByRole('button', { name: 'Rotate gateway' }).click();
    expect((await runAxe(page)).violations).toEqual([]);
    await page.getByRole('button', { name: 'Rotate', exact: true }).click();
    await page.getByText('gateway has a new key').waitFor();
    expect(await page.evaluate(() => document.activeElement?.id)).toBe('key-said');
    expect(await rows.count()).toBe(3);
    await page.getByRole('button', { name: 'Retire gateway' }).click();
    await page.keyboard.press('Escape');
    await page.getByRole('button', { name: 'Retire gateway' }).click();
    await page.getByRole('button', { name: 'Retire', exact: true }).click();
    await page.getByText('gateway has no active key now').waitFor();
    const keys = await server.store.keys.list();
    expect(keys.filter(({ label }) => label === 'gateway').map(({ status }) => status)).toEqual([
      'retired',
      'retired',
    ]);
    await page.getByLabel('Label').fill('demo');
    await page.getByRole('button', { name: 'Make a key' }).click();
    await page.getByRole('alert').getByText('contradicts').waitFor();
    await keepPicture(page, 'page-keys');
    await page.context().close();
  });

  it('writes p-values as the reports do, never smaller than they are', async () => {
    const page = await open();
    const values = [-Infinity, -6, -3, -1e-12, ...Array.from({ length: 400 }, (_, i) => -(i * i) / 400)];
    // The very module of the reports, under a name of the server's.
    const module = "import('/assets/report-numbers.js')";
    const written = await page.evaluate(
      `${module}.then(({ formatPValue }) => [${values.join(', ')}].map((value) => formatPValue(value)))`,
    );
    expect(written).toEqual(values.map((value) => formatPValue(value)));
    const view = await page.evaluate("fetch('/assets/verdict-view.js').then((answer) => answer.text())");
    expect(view).toMatch(/import \{[^}]*\bformatPValue\b[^}]*\} from '.\/report-numbers.js'/);
    await stubDetections(page, 200, { ...(stubDetection().detection as object), log10PValue: null });
    await signIn(page);
    await page.getByLabel('Text', { exact: true }).fill(stubDetection().text);
    await page.getByRole('button', { name: 'Test this text' }).click();
    // JSON has null for the logarithm of 0.
    await page.locator('.figures').getByText('3e-39').waitFor();
    await page.context().close();
  });

  it('tells those without a script so, and sends nothing of theirs', async () => {
    const page = await open({ javaScriptEnabled: false });
    expect(await page.locator('noscript').count()).toBe(1);
    expect(await page.locator('input[name], textarea[name]').count()).toBe(0);
    await page.context().close();
  });

  it('breaks no rule of its policy, asks no other host and throws nothing', () => {
    expect(faults).toEqual([]);
  });
});
