import { readFileSync } from 'node:fs';
import { demoModelFiles } from '@countermark/demo-model';
import type { createParams, systemRandom, Watermarker, WatermarkKey } from '@countermark/watermark';
import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { launchChromium, missingChromium } from '../report/chromium.ts';
import { bundle } from './bundle.ts';
import { differences } from './differences.ts';
import { type Findings, markAndDetect } from './program.ts';

const SITE = 'http://countermark.test';
// What a strict site allows: WebAssembly needs 'wasm-unsafe-eval' beside it.
const NO_WASM = "default-src 'self'";
const ENTRY = `
  export { markAndDetect } from './program.ts';
  export * from '@countermark/watermark';
`;
// Modules run before a page is loaded.
const PAGE = '<!doctype html><title>t</title><script type="module" src="/page.js"></script>';

/** What the page's module leaves for the functions that tests run in it. */
interface Packages {
  readonly markAndDetect: typeof markAndDetect;
  readonly createParams: typeof createParams;
  readonly systemRandom: typeof systemRandom;
  readonly Watermarker: typeof Watermarker;
  readonly WatermarkKey: typeof WatermarkKey;
}
declare const packages: Packages;

describe.skipIf(missingChromium !== undefined)(
  `the packages in a browser (${missingChromium ?? 'Chromium'})`,
  () => {
    let browser: Browser;
    const served = new Map<string, string>();
    const tokenizerJson = readFileSync(demoModelFiles().tokenizer);

    beforeAll(async () => {
      const { files } = await bundle(ENTRY, { host: 'browser', origin: 'build', withRanks: true });
      for (const [name, code] of files) served.set(`/${name}`, code);
      served.set('/worker.js', WORKER);
      served.set('/page.js', "import * as packages from '/entry.js'; globalThis.packages = packages;");
      browser = await launchChromium();
    }, 120_000);
    afterAll(() => browser?.close());

    async function open(policy?: string): Promise<{ page: Page; asked: string[]; faults: string[] }> {
      const page = await browser.newPage();
      const asked: string[] = [];
      const faults: string[] = [];
      page.on('pageerror', (error) => faults.push(error.message));
      await page.route(`${SITE}/**`, async (route) => {
        const { pathname } = new URL(route.request().url());
        asked.push(pathname);
        const headers = policy === undefined ? {} : { 'content-security-policy': policy };
        if (pathname === '/') {
          await route.fulfill({ contentType: 'text/html', body: PAGE, headers });
        } else if (pathname === '/tokenizer.json') {
          await route.fulfill({ contentType: 'application/json', body: tokenizerJson, headers });
        } else {
          const body = served.get(pathname);
          await route.fulfill(
            body === undefined ? { status: 404 } : { contentType: 'text/javascript', body, headers },
          );
        }
      });
      await page.goto(`${SITE}/`);
      return { page, asked, faults };
    }

    // The findings of a page, by its place in the list: all of one browser are the same to the last bit.
    let first: Findings | undefined;

    it.each([
      ['a page', undefined, false],
      ['a page that may compile no WebAssembly', NO_WASM, false],
      ['a worker', undefined, true],
    ])('marks and detects as Node does: %s', async (_, policy, inWorker) => {
      const { page, asked, faults } = await open(policy);
      const found = await page.evaluate(async (inWorker): Promise<Findings> => {
        if (inWorker) {
          const worker = new Worker('/worker.js', { type: 'module' });
          return new Promise((resolve, reject) => {
            worker.onmessage = ({ data }) => resolve(data);
            worker.onerror = ({ message }) => reject(new Error(message));
          });
        }
        const bytes = await (await fetch('/tokenizer.json')).arrayBuffer();
        return packages.markAndDetect(new Uint8Array(bytes));
      }, inWorker);
      expect(faults).toEqual([]);
      expect(differences(found, await markAndDetect(new Uint8Array(tokenizerJson)))).toEqual([]);
      first ??= found;
      expect(found).toEqual(first);
      // The ranks of one encoding were loaded, and not those of the others.
      expect(asked.filter((path) => (served.get(path)?.length ?? 0) > 500_000)).toHaveLength(1);
      await page.close();
    });

    it('draws keys and fresh numbers from the cryptographic generator alone', async () => {
      const { page } = await open();
      const drawn = await page.evaluate(() => {
        const { createParams, systemRandom, Watermarker, WatermarkKey } = packages;
        Math.random = () => {
          throw new Error('Math.random was asked');
        };
        const lengths: number[] = [];
        const getRandomValues = crypto.getRandomValues.bind(crypto);
        crypto.getRandomValues = ((bytes: Uint8Array<ArrayBuffer>) => {
          lengths.push(bytes.length);
          return getRandomValues(bytes);
        }) as typeof crypto.getRandomValues;
        const tokenizer = { name: 'none', vocabSize: 1000, fingerprint: '0'.repeat(64) };
        const keys = [1, 2].map(() => new WatermarkKey(createParams({ tokenizer })));
        systemRandom();
        const generation = new Watermarker(new WatermarkKey(createParams({ tokenizer }))).start();
        generation.next(new Float32Array(1000));
        return { lengths, ids: keys.map(({ keyId }) => keyId) };
      });
      expect(drawn.lengths).toEqual([32, 32, 32, 32, 32]);
      expect(new Set(drawn.ids).size).toBe(2);
      await page.close();
    });

    it('makes no key where there is no such generator', async () => {
      const { page } = await open();
      const refusal = await page.evaluate(() => {
        const { createParams, WatermarkKey } = packages;
        Object.defineProperty(crypto, 'getRandomValues', { value: undefined });
        const tokenizer = { name: 'none', vocabSize: 1000, fingerprint: '0'.repeat(64) };
        try {
          return new WatermarkKey(createParams({ tokenizer })).keyId;
        } catch (error) {
          return String(error);
        }
      });
      expect(refusal).toContain('crypto.getRandomValues');
      await page.close();
    });
  },
);

const WORKER = `
const { markAndDetect } = await import('/entry.js');
const bytes = await (await fetch('/tokenizer.json')).arrayBuffer();
postMessage(await markAndDetect(new Uint8Array(bytes)));
`;
