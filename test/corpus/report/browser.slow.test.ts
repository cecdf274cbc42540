import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { htmlScanReport } from '@countermark/corpus/internal';
import type { Browser, BrowserContextOptions, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { keepPicture } from '../../report/artefacts.ts';
import { runAxe } from '../../report/axe.ts';
import { launchChromium, missingChromium } from '../../report/chromium.ts';
import { measureTexts } from '../../report/contrast.ts';
import {
  emptySummary,
  heatMapsOf,
  markedSummary,
  plainSummary,
  type ScanSummary,
  withStrings,
} from './summary.ts';

const PATIENCE_MS = 300_000;
const ATTACK = `<script>document.title = 'script'</script><img src="http://127.0.0.1:9/" onerror="document.title = 'image'">\u202e`;
const SUMMARIES: Readonly<Record<string, ScanSummary>> = {
  marked: markedSummary(),
  plain: plainSummary(),
  empty: emptySummary(),
  partial: { ...markedSummary(), shards: { total: 900, planned: 512, scanned: 40, stopped: true } },
  hostile: withStrings(markedSummary(), () => ATTACK),
};
const NAMES = Object.keys(SUMMARIES);

describe.skipIf(missingChromium !== undefined)(
  `the report of a scan in a browser (${missingChromium ?? 'Chromium'})`,
  () => {
    const directory = mkdtempSync(join(tmpdir(), 'countermark-scan-report-'));
    const path = (name: string): string => join(directory, `${name}.html`);
    const heard: string[] = [];
    let browser: Browser;

    beforeAll(async () => {
      for (const [name, summary] of Object.entries(SUMMARIES)) {
        const heatMaps = summary.top.length === 0 ? [] : heatMapsOf(summary);
        writeFileSync(path(name), htmlScanReport(summary, heatMaps, { command: 'countermark scan data' }));
      }
      browser = await launchChromium();
    }, PATIENCE_MS);
    afterAll(async () => {
      await browser?.close();
      rmSync(directory, { recursive: true });
    });

    type OpenOptions = BrowserContextOptions & { readonly width?: number };

    async function open(name: string, { width = 1280, ...options }: OpenOptions = {}): Promise<Page> {
      const page = await browser.newPage({ viewport: { width, height: 800 }, ...options });
      page.on('console', (message) => heard.push(message.text()));
      page.on('pageerror', (error) => heard.push(error.message));
      page.on('request', (request) => heard.push(request.url()));
      await page.goto(pathToFileURL(path(name)).href);
      return page;
    }

    describe.each(NAMES)('%s', (name) => {
      it('loads nothing, runs one script and complains of nothing', async () => {
        heard.length = 0;
        const page = await open(name);
        expect(heard).toEqual([page.url()]);
        expect(await page.title()).toBe('Corpus report');
        expect(await page.locator('img, link, iframe').count()).toBe(0);
        expect(await page.locator('script').count()).toBe(1);
        const headings = await page.locator('table.sortable th').count();
        expect(headings).toBeGreaterThan(4);
        expect(await page.locator('table.sortable th > button').count()).toBe(headings);
        await page.close();
      });

      it.each(['light', 'dark'] as const)(
        'has no fault that axe finds, in %s colours',
        async (colorScheme) => {
          const page = await open(name, { colorScheme, bypassCSP: true });
          const { violations, passes } = await runAxe(page);
          expect(violations).toEqual([]);
          expect(passes).toEqual(expect.arrayContaining(['color-contrast', 'heading-order', 'button-name']));
          await keepPicture(page, `scan-${name}-${colorScheme}`);
          await page.close();
        },
        PATIENCE_MS,
      );

      it('fits a telephone: nothing to scroll sideways, no text too small or too faint', async () => {
        const page = await open(name, { width: 400 });
        expect(await page.evaluate(() => document.documentElement.scrollWidth)).toBe(400);
        const texts = await measureTexts(page);
        expect(texts.length).toBeGreaterThan(50);
        // 4.5 is what WCAG 2.2 asks of text at level AA.
        expect(texts.filter(({ size, contrast }) => size < 10 || contrast < 4.5)).toEqual([]);
        await keepPicture(page, `scan-${name}-narrow`);
        await page.close();
      });
    });

    it('tells the uniform line from the bars by its shape', async () => {
      const page = await open('marked');
      const line = page.locator('svg:has(.bar) .level');
      expect(await line.evaluate((element) => getComputedStyle(element).strokeDasharray)).toMatch(/\d/);
      expect(await page.locator('svg:has(.bar) .over').textContent()).toBe('if none was marked');
      await page.close();
    });
  },
);
