import type { Browser } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { keepPicture } from '../report/artefacts.ts';
import { runAxe } from '../report/axe.ts';
import { launchChromium, missingChromium } from '../report/chromium.ts';
import { type PreparedServer, startPreparedServer } from './test-server.ts';

describe.skipIf(missingChromium !== undefined)(
  `GET /docs in a browser (${missingChromium ?? 'Chromium'})`,
  () => {
    let server: PreparedServer;
    let browser: Browser;

    beforeAll(async () => {
      server = await startPreparedServer();
      browser = await launchChromium();
    });

    afterAll(async () => {
      await browser?.close();
    });

    it.each([
      ['light', 1280],
      ['dark', 360],
    ] as const)('is read without a script, in %s at %i pixels', async (colorScheme, width) => {
      const context = await browser.newContext({
        colorScheme,
        viewport: { width, height: 800 },
        bypassCSP: true,
      });
      const page = await context.newPage();
      const others: string[] = [];
      page.on('request', (request) => others.push(new URL(request.url()).pathname));
      await page.goto(`${server.url}/docs`);
      expect(others.filter((path) => path !== '')).toEqual(['/docs', '/assets/page.css']);
      expect(await page.locator('script').count()).toBe(0);
      expect(await page.evaluate(() => document.documentElement.scrollWidth)).toBeLessThanOrEqual(width);
      await keepPicture(page, `reference-${colorScheme}`);
      expect((await runAxe(page)).violations).toEqual([]);
      await context.close();
    });
  },
);
