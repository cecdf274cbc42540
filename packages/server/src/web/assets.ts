import { readFile } from 'node:fs/promises';
import { REPORT_STYLE } from '@countermark/report';

// The same from `src` and from `dist`: the script is what the compiler made of `client`, the style sheet is as it was written.
const CLIENT = new URL('../../dist/web/client/', import.meta.url);
const STYLE = new URL('../../src/web/page.css', import.meta.url);
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
    const text = await readFile(new URL(name, CLIENT), 'utf8');
    return {
      contentType: 'text/javascript; charset=utf-8',
      text: text.replace(/^\/\/# sourceMappingURL=.*$/m, ''),
    };
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return undefined;
    throw error;
  }
}
