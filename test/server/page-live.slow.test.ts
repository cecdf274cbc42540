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
