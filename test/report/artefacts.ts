/** Pictures of pages, for people to look at after a run. */
import { mkdirSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Page } from 'playwright-core';

const root = fileURLToPath(new URL('../..', import.meta.url));
const named = process.env['COUNTERMARK_ARTEFACTS'];
/** Chromium draws no higher picture. */
const MAX_HEIGHT = 16_000;

/** Keeps a picture of a whole page as PNG in the folder that `COUNTERMARK_ARTEFACTS` names, relative to the root; without it none. */
export async function keepPicture(page: Page, name: string): Promise<void> {
  if (named === undefined || named === '') return;
  const folder = resolve(root, named);
  mkdirSync(folder, { recursive: true });
  const { width, height } = await page.evaluate(() => ({
    width: document.documentElement.clientWidth,
    height: document.documentElement.scrollHeight,
  }));
  await page.screenshot({
    path: join(folder, `${name}.png`),
    fullPage: true,
    clip: { x: 0, y: 0, width, height: Math.min(height, MAX_HEIGHT) },
  });
}
