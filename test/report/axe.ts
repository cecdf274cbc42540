/** What axe-core says of a page. */
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import type { Page } from 'playwright-core';

const source = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');

/** Runs axe in a page whose context was opened with `bypassCSP`, and lists the rules that it breaks and those that it keeps. */
export async function runAxe(page: Page): Promise<{ violations: string[]; passes: string[] }> {
  await page.evaluate(source);
  return page.evaluate(async () => {
    const { axe } = globalThis as unknown as typeof globalThis & { axe: typeof import('axe-core') };
    const { violations, passes } = await axe.run();
    return {
      violations: violations.map(({ id, nodes }) => `${id}: ${nodes[0]?.html}`),
      passes: passes.map(({ id }) => id),
    };
  });
}
