/** Real text that is there without a network: what people wrote in the dependencies' packages. */
import { createHash } from 'node:crypto';
import { readdirSync, readFileSync, statSync } from 'node:fs';
import { basename, extname, join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import { humanText, TEXT_KINDS } from '@countermark/fixtures';
import { seededRandom } from '@countermark/watermark';

/** A text and where it is from. */
export interface RealText {
  readonly kind: string;
  /** A path below node_modules, or the kind of the fixtures. */
  readonly file: string;
  readonly text: string;
}

/** A stretch of a {@link RealText}. */
export interface RealDocument extends Omit<RealText, 'text'> {
  /** Where it starts in its text, in UTF-16 code units. */
  readonly start: number;
  readonly text: string;
}

const PACKAGES = fileURLToPath(new URL('../../node_modules/.pnpm', import.meta.url));
const MEGABYTE = 1e6;
const LARGEST_FILE = 4 * MEGABYTE;

// How many bytes of each kind at most, and which files are of it. The fixtures have the .txt files already.
const QUOTAS: Readonly<Record<string, number>> = {
  JavaScript: 34 * MEGABYTE,
  TypeScript: 20 * MEGABYTE,
  JSON: 16 * MEGABYTE,
  'source maps': 14 * MEGABYTE,
  Markdown: 5 * MEGABYTE,
  licences: 2 * MEGABYTE,
  'other source code': 2 * MEGABYTE,
  binaries: 2 * MEGABYTE,
};
const KIND_OF_ENDING: Readonly<Record<string, string>> = {
  '.js': 'JavaScript',
  '.mjs': 'JavaScript',
  '.cjs': 'JavaScript',
  '.ts': 'TypeScript',
  '.mts': 'TypeScript',
  '.cts': 'TypeScript',
  '.json': 'JSON',
  '.map': 'source maps',
  '.md': 'Markdown',
  '.h': 'other source code',
  '.c': 'other source code',
  '.cc': 'other source code',
  '.cpp': 'other source code',
  '.css': 'other source code',
  '.html': 'other source code',
  '.wasm': 'binaries',
};

/**
 * Returns about 110 MB of text of many kinds, the same in the same installation.
 *
 * Bytes that are not UTF-8, as in old e-mails and binaries, are U+FFFD; binaries are read as Latin-1 as well,
 * which makes text of all that C0 and C1 controls and accents can follow each other in.
 */
export function* realTexts(): Generator<RealText> {
  for (const kind of TEXT_KINDS) yield { kind, file: kind, text: humanText(kind) };
  const left = new Map(Object.entries(QUOTAS));
  for (const path of packageFiles()) {
    const kind = kindOf(path);
    const quota = left.get(kind ?? '') ?? 0;
    if (kind === undefined || quota <= 0) continue;
    const { size } = statSync(path);
    if (size > LARGEST_FILE) continue;
    left.set(kind, quota - size);
    const bytes = readFileSync(path);
    const file = relative(PACKAGES, path);
    yield { kind, file, text: bytes.toString('utf8') };
    if (kind === 'binaries') yield { kind, file, text: bytes.toString('latin1') };
  }
}

/**
 * Cuts a text into documents of 1 to 65,536 code units, as many short as long ones by their logarithm; cuts
 * fall anywhere, within surrogate pairs too.
 */
export function* realDocuments({ kind, file, text }: RealText): Generator<RealDocument> {
  const random = seededRandom(file);
  for (let start = 0; start < text.length; ) {
    const length = Math.floor(2 ** (16 * Math.sqrt(random())));
    yield { kind, file, start, text: text.slice(start, start + length) };
    start += length;
  }
}

function kindOf(path: string): string | undefined {
  return /^licen[cs]e/i.test(basename(path)) ? 'licences' : KIND_OF_ENDING[extname(path)];
}

/** Every file of the installed packages, in an order that mixes the packages and is the same each time. */
function packageFiles(): string[] {
  const found: (readonly [string, string])[] = [];
  const walk = (folder: string): void => {
    for (const entry of readdirSync(folder, { withFileTypes: true })) {
      const path = join(folder, entry.name);
      if (entry.isDirectory()) walk(path);
      else if (entry.isFile() && kindOf(path) !== undefined) {
        const name = relative(PACKAGES, path).replaceAll('\\', '/');
        found.push([createHash('sha256').update(name).digest('hex'), path]);
      }
    }
  };
  walk(PACKAGES);
  return found.sort(([a], [b]) => (a < b ? -1 : 1)).map(([, path]) => path);
}
