import { readFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { pathToFileURL } from 'node:url';
import { REPORT_STYLE } from '@countermark/report';

// The same from `src` and from `dist`: the script is what the compiler made of `client`, the style sheet is as it was written.
const CLIENT = new URL('../../dist/web/client/', import.meta.url);
const STYLE = new URL('../../src/web/page.css', import.meta.url);
// Numbers are written by the module that writes them in reports: a browser knows it by a name of this server's.
const REPORT = createRequire(import.meta.url).resolve('@countermark/report/package.json');
const NUMBERS_ASSET = 'report-numbers.js';
const MODULE = /^[a-z]+(?:-[a-z]+)*\.js$/;

/** A file that the page loads. */
export interface Asset {
  readonly contentType: string;
  readonly text: string;
}

/** Reads a file that the page loads; undefined if it has none of that name. */
export async function readAsset(name: string): Promise<Asset | undefined> {
  if (name === 'page.css') {
    const own = await readFile(STYLE, 'utf8');
    return { contentType: 'text/css; charset=utf-8', text: REPORT_STYLE + own };
  }
  if (!MODULE.test(name)) return undefined;
  try {
    const text = await readFile(moduleOf(name), 'utf8');
    return {
      contentType: 'text/javascript; charset=utf-8',
      text: text
        .replace(/^\/\/# sourceMappingURL=.*$/m, '')
        .replace(/(?<=\bfrom )(['"])@countermark\/report\/numbers\1/g, `$1./${NUMBERS_ASSET}$1`),
    };
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return undefined;
    throw error;
  }
}

function moduleOf(name: string): URL {
  if (name !== NUMBERS_ASSET) return new URL(name, CLIENT);
  return new URL('dist/numbers.js', pathToFileURL(REPORT));
}
