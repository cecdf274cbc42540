import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { PATIENCE_MS, run } from '../cli/command.ts';
import { demoKey, longAnswer, makeDirectory, writeKey } from '../cli/fixtures.ts';
import { launchChromium, missingChromium } from './chromium.ts';
import { measureTexts } from './contrast.ts';

const HOSTILE = `
<script>document.title = 'script'</script><img src="http://127.0.0.1:9/image" onerror="document.title = 'image'">
"><style>.verdict { display: none }</style></div> &lt;b&gt; <!-- ]]>
مرحبا بالعالم، هذا نص عربي يُقرأ من اليمين إلى اليسار. שלום עולם
👩‍👩‍👧‍👦 🦊 漢字かな交じり文 naïve
${'averylongword'.repeat(40)}`;

const directory = makeDirectory();
const license = fileURLToPath(new URL('../../LICENSE', import.meta.url));
const path = (name: string): string => join(directory, name);

describe.skipIf(missingChromium !== undefined)(
  `the report in a browser (${missingChromium ?? 'Chromium'})`,
  () => {
    let browser: Browser;
    let text: string;
    const heard: string[] = [];

    beforeAll(async () => {
      const keyFile = writeKey(path('vendor.key'), await demoKey(1));
      text = (await longAnswer(['--key', keyFile])).text + HOSTILE;
      writeFileSync(path('<b>answer.txt'), text);
      writeFileSync(path('short.txt'), 'A short text.');
      const documents = [path('<b>answer.txt'), license, path('short.txt')];
      // What is drawn has to be the file's text, so nothing is removed from it.
      const args = ['detect', '--key', keyFile, '--normalize', 'none', '--format', 'html', ...documents];
      writeFileSync(path('report.html'), (await run(args)).stdout);
      browser = await launchChromium();
    }, PATIENCE_MS);
    afterAll(() => browser?.close());

    async function open(options: { width: number; colorScheme?: 'light' | 'dark' }): Promise<Page> {
      const { width, colorScheme = 'light' } = options;
      const page = await browser.newPage({ viewport: { width, height: 800 }, colorScheme });
      page.on('console', (message) => heard.push(message.text()));
      page.on('pageerror', (error) => heard.push(error.message));
      page.on('request', (request) => heard.push(request.url()));
      await page.goto(pathToFileURL(path('report.html')).href);
      return page;
    }

    it('loads nothing, runs nothing and complains of nothing', async () => {
      heard.length = 0;
      const page = await open({ width: 1000 });
      expect(heard).toEqual([page.url()]);
      expect(await page.title()).toBe('Watermark report');
      expect(await page.locator('script, img, link, iframe, b').count()).toBe(0);
      expect(await page.locator('style').count()).toBe(1);
      await page.close();
    });

    it('shows the verdict of each document and the text of the first', async () => {
      const page = await open({ width: 1000 });
      const verdicts = page.locator('.verdict');
      for (const verdict of await verdicts.all()) expect(await verdict.isVisible()).toBe(true);
      expect((await verdicts.allTextContents()).map((verdict) => verdict.split(/[ :]/)[0])).toEqual([
        'Detected',
        'Not',
        'Inconclusive',
      ]);
      expect(await page.locator('section h2').first().textContent()).toContain('<b>answer.txt');
      expect(await page.locator('.heat').first().textContent()).toBe(text);
      await page.close();
    });

    it('tells scores apart by underline and background, and says each in words', async () => {
      const page = await open({ width: 1000 });
      const styles = await page.locator('section:first-of-type .heat span').evaluateAll((spans) =>
        spans.map((span) => {
          const { borderBottomWidth, borderBottomStyle, backgroundColor } = getComputedStyle(span);
          return {
            level: span.className,
            title: span.getAttribute('title') ?? '',
            underline: borderBottomStyle === 'solid' ? Number.parseFloat(borderBottomWidth) : 0,
            background: backgroundColor,
          };
        }),
      );
      for (const { title, level } of styles) {
        expect(title).toMatch(/^token \d+, id \d+: /);
        expect(title.includes('scored, 1 unmarked token in')).toBe(level !== 'off');
      }
      const widths = ['off', 'l0', 'l1', 'l2', 'l3', 'l4'].map((level) => {
        const [style] = styles.filter((candidate) => candidate.level === level);
        expect(style, `no token of level ${level}`).toBeDefined();
        return style?.underline;
      });
      expect(widths).toEqual([0, 0, 1, 2, 3, 4]);
      const backgrounds = new Set(
        styles.filter(({ underline }) => underline > 0).map((style) => style.background),
      );
      expect(backgrounds.size).toBe(4);
      await page.close();
    });

    it('fits a telephone: nothing to scroll sideways, no text too small', async () => {
      const page = await open({ width: 360 });
      expect(await page.evaluate(() => document.documentElement.scrollWidth)).toBe(360);
      const texts = await measureTexts(page);
      expect(texts.filter(({ size }) => size < 10)).toEqual([]);
      await page.close();
    });

    // 4.5 is what WCAG 2.2 asks of text at level AA.
    it.each(['light', 'dark'] as const)('can be read in %s colours', async (colorScheme) => {
      const page = await open({ width: 1000, colorScheme });
      const texts = await measureTexts(page);
      expect(texts.length).toBeGreaterThan(100);
      expect(texts.filter(({ contrast }) => contrast < 4.5)).toEqual([]);
      await page.close();
    });
  },
);
