import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Browser, BrowserContextOptions, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { demoKey, longAnswer, makeDirectory, writeKey } from '../cli/fixtures.ts';
import { keepPicture } from '../report/artefacts.ts';
import { runAxe } from '../report/axe.ts';
import { launchChromium, missingChromium } from '../report/chromium.ts';
import { type PreparedServer, startPreparedServer } from './test-server.ts';

const directory = makeDirectory();

describe.skipIf(missingChromium !== undefined)(
  `the page and its server (${missingChromium ?? 'Chromium'})`,
  () => {
    let server: PreparedServer;
    let browser: Browser;
    let keyId: string;
    let text: string;

    beforeAll(async () => {
      const key = await demoKey(1);
      keyId = key.keyId;
      server = await startPreparedServer();
      await server.store.keys.add(key, 'gateway', true);
      const keyFile = writeKey(join(directory, 'vendor.key'), key);
      ({ text } = await longAnswer(['--key', keyFile, '--account', 'user-17']));
      browser = await launchChromium();
    }, 120_000);

    afterAll(async () => {
      await browser?.close();
    });

    async function open(options: BrowserContextOptions = {}): Promise<Page> {
      const page = await (await browser.newContext(options)).newPage();
      await page.goto(server.url);
      return page;
    }

    async function test(page: Page, pasted: string): Promise<string> {
      await page.getByLabel('Text', { exact: true }).fill(pasted);
      await page.getByRole('button', { name: 'Test this text' }).click();
      await page.locator('.headline').waitFor();
      return (await page.locator('#verdict').textContent()) ?? '';
    }

    it('tells anybody of a marked text and of one that is not', async () => {
      const page = await open();
      expect(await test(page, text)).toMatch(/^Detected/);
      const license = readFileSync(new URL('../../LICENSE', import.meta.url), 'utf8').slice(0, 3000);
      expect(await test(page, license)).toMatch(/^Not detected/);
      expect(await test(page, 'A short text.')).toMatch(/^Inconclusive/);
      await page.context().close();
    });

    it('lets anybody try a text and give its result to somebody, by the keyboard, on a narrow screen', async () => {
      const hosts = new Set<string>();
      const context = await browser.newContext({ viewport: { width: 360, height: 740 }, bypassCSP: true });
      context.on('request', (request) => {
        if (!/^(data|blob):/.test(request.url())) hosts.add(new URL(request.url()).host);
      });
      const page = await context.newPage();
      await page.goto(server.url);
      expect(await page.locator('#text-note').textContent()).toMatch(
        /some 150 words.*1,000,000 characters.*60 texts an hour/,
      );
      const focus = async (selector: string): Promise<void> => {
        const isThere = (): Promise<boolean> =>
          page.evaluate((wanted) => document.activeElement?.matches(wanted) === true, selector);
        for (let i = 0; i < 40 && !(await isThere()); i++) await page.keyboard.press('Tab');
        expect(await isThere()).toBe(true);
      };
      await focus('[data-example="unmarked"]');
      await page.keyboard.press('Enter');
      await page.getByText('Charles Darwin').waitFor();
      // The button that tests it has the focus now.
      await page.keyboard.press('Enter');
      await page.getByText('Not detected', { exact: true }).first().waitFor();
      await page.locator('.verdict-card.not-detected').waitFor();
      await page.keyboard.press('Shift+Tab');
      await page.keyboard.press('Shift+Tab');
      await page.keyboard.press('Shift+Tab');
      await focus('[data-example="marked"]');
      await page.keyboard.press('Enter');
      await page.getByText('Written on this server').waitFor({ timeout: 240_000 });
      const marked = await page.getByLabel('Text', { exact: true }).inputValue();
      await page.keyboard.press('Enter');
      await page.locator('.verdict-card.detected').waitFor();
      await focus('.share summary');
      await page.keyboard.press('Enter');
      const address = await page.getByLabel('Address of the result').inputValue();
      expect(address.startsWith(`${server.url}/result#`)).toBe(true);
      expect((await runAxe(page)).violations).toEqual([]);
      expect(await page.evaluate(() => document.documentElement.scrollWidth)).toBeLessThanOrEqual(360);
      await keepPicture(page, 'page-share-narrow');

      // Somebody else, who has the address alone.
      const other = await browser.newContext({ viewport: { width: 360, height: 740 }, bypassCSP: true });
      const asked: string[] = [];
      other.on('request', (request) => {
        asked.push(request.url());
        if (!/^(data|blob):/.test(request.url())) hosts.add(new URL(request.url()).host);
      });
      const theirs = await other.newPage();
      await theirs.goto(address);
      await theirs.locator('.verdict-card.detected').waitFor();
      const told = (await theirs.locator('#main').textContent()) ?? '';
      expect(told).toMatch(/Tested on .* UTC for 2 public keys of this server/);
      expect(told).toContain('One in a million is not the probability that you are innocent');
      expect(told).not.toContain(marked.slice(30, 60));
      expect(asked[0]).toBe(`${server.url}/result`);
      const compare = async (text: string): Promise<string> => {
        await theirs.getByLabel('Text', { exact: true }).fill(text);
        await theirs.keyboard.press('Tab');
        await theirs.keyboard.press('Enter');
        await expect.poll(() => theirs.locator('#compared').textContent()).not.toBe('');
        return (await theirs.locator('#compared').textContent()) ?? '';
      };
      expect(await compare(marked)).toMatch(/^Yes/);
      expect(await compare(`${marked} And more.`)).toMatch(/^No/);
      expect((await runAxe(theirs)).violations).toEqual([]);
      expect(await theirs.evaluate(() => document.documentElement.scrollWidth)).toBeLessThanOrEqual(360);
      await keepPicture(theirs, 'page-result-narrow');
      await theirs.goto(`${server.url}/result#${'A'.repeat(120)}`);
      await theirs.getByRole('alert').getByText('no such result').waitFor();
      expect(await theirs.locator('#compare').isVisible()).toBe(false);
      await theirs.goto(`${server.url}/result`);
      await theirs.getByRole('alert').getByText('not whole').waitFor();
      expect([...hosts]).toEqual([new URL(server.url).host]);
      await other.close();
      await context.close();
    });

    it('shows evidence and names the account that a text was marked for, and takes a file to its report', async () => {
      const page = await open({ bypassCSP: true });
      await page.getByText('Sign in').first().click();
      await page.getByLabel('API key').fill(server.adminToken);
      await page.keyboard.press('Enter');
      await page.getByRole('button', { name: 'Sign out' }).waitFor();
      await page.getByText('trace accounts').click();
      await page.getByLabel('Key', { exact: true }).fill(keyId);
      const others = Array.from({ length: 50 }, (_, i) => `other-${i}`);
      await page.getByLabel('Account ids').fill(['user-17', ...others].join('\n'));
      const pasted = `What somebody wrote. ${text} Naïve 👩‍👩‍👧‍👦 漢字.`;
      expect(await test(page, pasted)).toMatch(/^Detected/);
      await page.locator('.heat').waitFor();
      expect(await page.locator('.heat').textContent()).toBe(pasted);
      expect(await page.locator('#evidence td .name').allTextContents()).toEqual(['user-17']);

      const documents = Array.from({ length: 20 }, (_, i) => ({
        id: i,
        text: i % 2 === 0 ? text : 'Not marked. '.repeat(99),
      }));
      await page.getByLabel('Corpus').setInputFiles({
        name: 'corpus.jsonl',
        mimeType: 'application/jsonl',
        buffer: Buffer.from(documents.map((document) => JSON.stringify(document)).join('\n')),
      });
      await page.getByRole('button', { name: 'Scan this file' }).click();
      await page.getByText('Done: detected').waitFor({ timeout: 240_000 });
      expect(await page.locator('#scan-list').textContent()).toContain('20 documents');
      const save = page.getByRole('button', { name: /Save the report/ });
      const [download] = await Promise.all([page.waitForEvent('download'), save.click()]);
      expect(readFileSync(await download.path(), 'utf8')).toContain('What this does not show');
      expect((await runAxe(page)).violations).toEqual([]);
      await keepPicture(page, 'page-live');
      await page.context().close();
    });
  },
);
