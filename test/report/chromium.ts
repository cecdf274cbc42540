/** Debian's Chromium, for tests that look at a page as a reader would. */
import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { type Browser, chromium } from 'playwright-core';

const EXECUTABLE = '/usr/bin/chromium';

/** Why there is no browser, or undefined if there is one. */
export const missingChromium: string | undefined = findChromium();

/** Starts the browser. */
export function launchChromium(): Promise<Browser> {
  // Its sandbox refuses to run as root; the pages are our own and load nothing.
  return chromium.launch({ executablePath: EXECUTABLE, args: ['--no-sandbox'] });
}

// Nothing is installed on a developer's machine; a continuous integration is there to test everything.
function findChromium(): string | undefined {
  if (existsSync(EXECUTABLE)) return undefined;
  if (process.env['CI'] === undefined || process.getuid?.() !== 0) return `${EXECUTABLE} is not installed`;
  spawnSync('apt-get', ['update']);
  const { status } = spawnSync('apt-get', ['install', '--yes', '--no-install-recommends', 'chromium']);
  return status === 0 && existsSync(EXECUTABLE) ? undefined : 'apt-get could not install chromium';
}
