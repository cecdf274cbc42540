import { closeSync, openSync, writeSync } from 'node:fs';
import { seededRandom } from '@countermark/watermark';
import { mixedText } from './mixed-text.ts';

const DOCUMENT = 3_000;

/** Cuts documents from mixed text at random places, so that no two are alike and tuples repeat as in real text. */
export function documentMaker(): () => string {
  const random = seededRandom(1);
  const text = mixedText();
  return () => {
    const start = Math.floor(random() * (text.length - DOCUMENT));
    return text.slice(start, start + DOCUMENT);
  };
}

/** Writes a file of JSON lines with an id and a text each, of so many bytes. */
export function writeLines(path: string, bytes: number): void {
  const next = documentMaker();
  const file = openSync(path, 'w');
  try {
    for (let written = 0, id = 0; written < bytes; ) {
      const lines = Array.from({ length: 1000 }, () => `${JSON.stringify({ id: id++, text: next() })}\n`);
      written += writeSync(file, lines.join(''));
    }
  } finally {
    closeSync(file);
  }
}
