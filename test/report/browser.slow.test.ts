import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import type { Browser, BrowserContextOptions, Locator, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { PATIENCE_MS, run } from '../cli/command.ts';
import { demoKey, longAnswer, makeDirectory, writeKey } from '../cli/fixtures.ts';
import { keepPicture } from './artefacts.ts';
import { runAxe } from './axe.ts';
import { launchChromium, missingChromium } from './chromium.ts';
import { measureTexts } from './contrast.ts';

const HOSTILE = `
<script>document.title = 'script'</script><img src="http://127.0.0.1:9/image" onerror="document.title = 'image'">
"><style>.verdict { display: none }</style></div> &lt;b&gt; <!-- ]]>
مرحبا بالعالم، هذا نص عربي يُقرأ من اليمين إلى اليسار. שלום עולם
👩‍👩‍👧‍👦 🦊 漢字かな交じり文 naïve
${'averylongword'.repeat(40)}`;

// 256 bytes, the most that an id may have, without a space: markup, a change of direction, what cannot be seen, a control character.
const ODD = `<b>"'&\u202e\u200b\u0007`;
const HOSTILE_ID = ODD + 'x'.repeat(256 - Buffer.byteLength(ODD));
const SHOWN_ID = HOSTILE_ID.replace(/[^ -~]/g, (character) => {
  return `[U+${character.charCodeAt(0).toString(16).toUpperCase().padStart(4, '0')}]`;
});

const directory = makeDirectory();
const license = readFileSync(new URL('../../LICENSE', import.meta.url), 'utf8');
const path = (name: string): string => join(directory, name);
const PAGES = ['detect', 'trace'] as const;
const COLOURS = ['light', 'dark'] as const;

describe.skipIf(missingChromium !== undefined)(
  `the report in a browser (${missingChromium ?? 'Chromium'})`,
  () => {
    let browser: Browser;
    let text: string;
    const heard: string[] = [];

    beforeAll(async () => {
      const keyFile = writeKey(path('vendor.key'), await demoKey(1));
      const otherKey = writeKey(path('other.key'), await demoKey(2));
      const answer = await longAnswer(['--key', keyFile, '--account', HOSTILE_ID]);
      text = answer.text + HOSTILE;
      writeFileSync(path('<b>answer.txt'), text);
      writeFileSync(path('short.txt'), 'A short text.');
      const accounts = Array.from({ length: 200 }, (_, i) => `user-${i}\n`);
      writeFileSync(path('accounts.txt'), `${HOSTILE_ID}\n${accounts.join('')}`);
      writeFileSync(path('license.txt'), license.slice(0, 4000));
      const documents = [path('<b>answer.txt'), path('license.txt'), path('short.txt')];
      // What is drawn has to be the file's text, so nothing is removed from it.
      const common = ['--key', keyFile, '--normalize', 'none', '--format', 'html'];
      const more = {
        detect: ['--key', otherKey, '--regions', '--decoys', '9'],
        trace: ['--accounts', path('accounts.txt'), '--top', '3'],
      };
      for (const name of PAGES) {
        const { stdout } = await run([name, ...common, ...more[name], ...documents]);
        writeFileSync(path(`${name}.html`), stdout);
      }
      browser = await launchChromium();
    }, PATIENCE_MS);
    afterAll(() => browser?.close());

    type OpenOptions = BrowserContextOptions & { readonly width?: number };

    // Every page has a context of its own, so that none sees another's settings.
    async function open(name: string, { width = 1000, ...options }: OpenOptions = {}): Promise<Page> {
      const page = await browser.newPage({ viewport: { width, height: 800 }, ...options });
      page.on('console', (message) => heard.push(message.text()));
      page.on('pageerror', (error) => heard.push(error.message));
      page.on('request', (request) => heard.push(request.url()));
      await page.goto(pathToFileURL(path(`${name}.html`)).href);
      return page;
    }

    describe.each(PAGES)('%s', (name) => {
      it('loads nothing, runs one script and complains of nothing', async () => {
        heard.length = 0;
        const page = await open(name);
        expect(heard).toEqual([page.url()]);
        expect(await page.title()).toBe({ detect: 'Watermark report', trace: 'Account report' }[name]);
        expect(await page.locator('img, link, iframe, b').count()).toBe(0);
        expect(await page.locator('style').count()).toBe(1);
        expect(await page.locator('script').count()).toBe(1);
        // What the script does.
        const headings = await page.locator('table.sortable th').count();
        expect(headings).toBeGreaterThan(4);
        expect(await page.locator('table.sortable th > button').count()).toBe(headings);
        await page.close();
      });

      it('runs no script and takes no style that is not its own', async () => {
        heard.length = 0;
        const page = await open(name);
        await page.evaluate(() => {
          const script = document.createElement('script');
          script.textContent = "document.title = 'script'";
          const style = document.createElement('style');
          style.textContent = '.verdict { display: none }';
          const handler = document.createElement('div');
          handler.innerHTML = `<p onclick="document.title = 'handler'" style="display: none">visible</p>`;
          document.body.append(script, style, handler);
          handler.querySelector('p')?.click();
        });
        expect(await page.title()).toMatch(/ report$/);
        expect(await page.locator('.verdict').first().isVisible()).toBe(true);
        expect(await page.getByText('visible', { exact: true }).isVisible()).toBe(true);
        expect(heard.filter((line) => /Content Security Policy/.test(line)).length).toBeGreaterThanOrEqual(4);
        await page.close();
      });

      it('does not run its script once a character of it has changed', async () => {
        const html = readFileSync(path(`${name}.html`), 'utf8');
        writeFileSync(path('changed.html'), html.replace("'use strict'", "'use  strict'"));
        const page = await open('changed');
        expect(await page.locator('th > button').count()).toBe(0);
        await page.close();
      });

      it('is complete without JavaScript', async () => {
        const page = await open(name, { javaScriptEnabled: false });
        expect(await page.locator('button').count()).toBe(0);
        const rows = page.locator('table.sortable').first().locator('tbody tr');
        expect(await rows.count()).toBe({ detect: 3, trace: 4 }[name]);
        for (const verdict of await page.locator('.verdict').all())
          expect(await verdict.isVisible()).toBe(true);
        await page.close();
      });

      it.each(COLOURS)('has no fault that axe finds, in %s colours', async (colorScheme) => {
        const page = await open(name, { colorScheme, bypassCSP: true });
        const found = await runAxe(page);
        expect(found.violations).toEqual([]);
        expect(found.passes).toEqual(
          expect.arrayContaining(['color-contrast', 'heading-order', 'region', 'button-name', 'svg-img-alt']),
        );
        await keepPicture(page, `${name}-${colorScheme}`);
        await page.close();
      });

      // 4.5 is what WCAG 2.2 asks of text at level AA.
      it.each(COLOURS)('can be read in %s colours', async (colorScheme) => {
        const page = await open(name, { colorScheme });
        const texts = await measureTexts(page);
        expect(texts.length).toBeGreaterThan(100);
        expect(texts.filter(({ contrast }) => contrast < 4.5)).toEqual([]);
        await page.close();
      });

      it('fits a telephone: nothing to scroll sideways, no text too small', async () => {
        const page = await open(name, { width: 360 });
        expect(await page.evaluate(() => document.documentElement.scrollWidth)).toBe(360);
        const texts = await measureTexts(page);
        expect(texts.filter(({ size }) => size < 10)).toEqual([]);
        await keepPicture(page, `${name}-narrow`);
        await page.close();
      });

      it('prints dark on white whatever the screen shows, without marks of sorting', async () => {
        const page = await open(name, { colorScheme: 'dark' });
        await page.emulateMedia({ media: 'print', colorScheme: 'dark' });
        const texts = await measureTexts(page);
        expect(texts.filter(({ contrast }) => contrast < 4.5)).toEqual([]);
        const shown = await page.evaluate(() => {
          const styleOf = (selector: string, pseudo?: string): CSSStyleDeclaration =>
            getComputedStyle(document.querySelector(selector) as Element, pseudo);
          return {
            page: styleOf('body').backgroundColor,
            arrow: styleOf('th > button', '::after').content,
            underline: styleOf('.heat .l4').borderBottomWidth,
            breaks: styleOf('tr').breakInside,
          };
        });
        expect(shown).toEqual({
          page: 'rgb(255, 255, 255)',
          arrow: '""',
          underline: '4px',
          breaks: 'avoid',
        });
        await keepPicture(page, `${name}-print`);
        await page.close();
      });
    });

    it('shows the verdict of each document and the text of the first', async () => {
      const page = await open('detect');
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

    it('shows the account that is named, and the text under its code', async () => {
      const page = await open('trace');
      expect(
        (await page.locator('.verdict').allTextContents()).map((verdict) => verdict.split(' ')[0]),
      ).toEqual(['One', 'No', 'Inconclusive:', 'One']);
      expect(await page.locator('section td .name').first().textContent()).toBe(SHOWN_ID);
      expect(await page.locator('.heat').first().textContent()).toBe(text);
      await page.close();
    });

    it('tells scores apart by underline and background, and says each in words', async () => {
      const page = await open('detect');
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

    describe('sorting', () => {
      /** Opens a page that has one more table, in front of the others. */
      async function openWith(values: readonly number[]): Promise<Page> {
        const html = readFileSync(path('detect.html'), 'utf8');
        const row = (value: number, i: number): string =>
          `<tr><td>text ${i}</td><td class="number" data-value="${value}">${value}</td></tr>`;
        const table = `<table class="sortable"><thead><tr><th>text</th><th>p-value</th></tr></thead><tbody>${values.map(row).join('')}</tbody></table>`;
        writeFileSync(path('sorting.html'), html.replace('<main>', `<main>${table}`));
        return open('sorting');
      }
      const column = async (page: Page, place: number): Promise<string[]> =>
        page.locator(`table.sortable >> nth=0 >> tbody td:nth-child(${place})`).allTextContents();
      const button = (page: Page, heading: string): Locator =>
        page.locator('table.sortable').first().getByRole('button', { name: heading });

      it('orders p-values by their logarithm, those of 0 among them, there and back', async () => {
        const page = await openWith([-3, -20, -Infinity, -100_000, 0, -3.5]);
        await button(page, 'p-value').click();
        const ascending = ['-Infinity', '-100000', '-20', '-3.5', '-3', '0'];
        expect(await column(page, 2)).toEqual(ascending);
        await button(page, 'p-value').click();
        expect(await column(page, 2)).toEqual(ascending.toReversed());
        await page.close();
      });

      it('keeps the order of equal rows, in both directions', async () => {
        const page = await openWith([-1, -2, -Infinity, -1, -2, -Infinity, -1]);
        const orders = [
          ['text 2', 'text 5', 'text 1', 'text 4', 'text 0', 'text 3', 'text 6'],
          ['text 0', 'text 3', 'text 6', 'text 1', 'text 4', 'text 2', 'text 5'],
        ];
        for (const order of orders) {
          await button(page, 'p-value').click();
          expect(await column(page, 1)).toEqual(order);
        }
        await page.close();
      });

      it('orders words as people count', async () => {
        const page = await openWith(Array.from({ length: 11 }, (_, i) => i));
        for (const descending of [false, true]) {
          await button(page, 'text').click();
          const expected = Array.from({ length: 11 }, (_, i) => `text ${descending ? 10 - i : i}`);
          expect(await column(page, 1)).toEqual(expected);
        }
        await page.close();
      });

      it('is done by the keyboard, and said to those who do not see it', async () => {
        const page = await openWith([-3, -20, -1]);
        const headings = page.locator('table.sortable').first().locator('th');
        const said = (): Promise<(string | null)[]> =>
          headings.evaluateAll((all) => all.map((heading) => heading.getAttribute('aria-sort')));
        expect(await said()).toEqual([null, null]);
        await page.keyboard.press('Tab');
        await page.keyboard.press('Tab');
        await page.keyboard.press('Enter');
        expect(await said()).toEqual([null, 'ascending']);
        expect(await column(page, 2)).toEqual(['-20', '-3', '-1']);
        await page.keyboard.press('Space');
        expect(await said()).toEqual([null, 'descending']);
        expect(await column(page, 2)).toEqual(['-1', '-3', '-20']);
        await page.keyboard.press('Shift+Tab');
        await page.keyboard.press('Enter');
        expect(await said()).toEqual(['ascending', null]);
        await page.close();
      });
    });
  },
);
