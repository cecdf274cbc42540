/** Debian's Chromium, for tests that look at a page as a reader would. */
import { existsSync } from 'node:fs';
import { type Browser, chromium } from 'playwright-core';
import { missingProgram } from '../support/debian.ts';

const EXECUTABLE = '/usr/bin/chromium';

/** Why there is no browser, or undefined if there is one. */
export const missingChromium: string | undefined = missingProgram(() => existsSync(EXECUTABLE), ['chromium']);

/** Starts the browser. */
export function launchChromium(): Promise<Browser> {
  // Its sandbox refuses to run as root; the pages are our own and load nothing.
  return chromium.launch({ executablePath: EXECUTABLE, args: ['--no-sandbox'] });
}
