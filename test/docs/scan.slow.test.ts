/** docs/scan.md does what it says: its commands are run in order, in one directory, and print what it shows. */
import { spawn } from 'node:child_process';
import { chmodSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { gzipSync } from 'node:zlib';
import { humanDocuments } from '@countermark/fixtures';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { COMMAND, endOf, PATIENCE_MS } from '../cli/command.ts';
import { demoKey, writeKey } from '../cli/fixtures.ts';
import { consoleSteps, patternOf, withoutFresh } from './console.ts';
import { fencedBlocks } from './markdown.ts';

const page = readFileSync(new URL('../../docs/scan.md', import.meta.url), 'utf8');
const blocks = fencedBlocks(page);
const steps = blocks
  .filter(({ language }) => language === 'console')
  .flatMap(({ line, code }) => consoleSteps(code).map((step) => ({ line, ...step })));

// Under test/, so that the packages resolve as they do for the tests.
const cache = fileURLToPath(new URL('../.cache', import.meta.url));
mkdirSync(cache, { recursive: true });
const directory = mkdtempSync(join(cache, 'scan-'));
const programs = join(directory, 'programs');

beforeAll(async () => {
  mkdirSync(programs);
  const program = join(programs, 'countermark');
  // Every run has the same keys, whatever keygen draws: the model may end an answer early under some.
  writeKey(join(programs, 'vendor.key'), await demoKey(0x51));
  writeKey(join(programs, 'control.key'), await demoKey(0x52));
  const keygen = `[ "$1" != keygen ] || cp '${programs}'/"$5" "$5"`;
  writeFileSync(program, `#!/bin/sh\n'${process.execPath}' '${COMMAND}' "$@" || exit\n${keygen}\n`);
  chmodSync(program, 0o755);
  mkdirSync(join(directory, 'corpus'));
  const write = (name: string, content: string | Uint8Array): void =>
    writeFileSync(join(directory, 'corpus', name), content);
  const prose = humanDocuments('prose');
  const books = prose.slice(0, 100).map((text, i) => JSON.stringify({ id: `book-${i}`, text }));
  write('books.jsonl', `${[...books, '{"id":"broken", "te'].join('\n')}\n`);
  const chats = prose.slice(100, 140).map((passage, i) => {
    const content = i === 3 ? `I am ChatGPT, a language model trained by OpenAI. ${passage}` : passage;
    return JSON.stringify({
      messages: [
        { role: 'user', content: 'Go on.' },
        { role: 'assistant', content },
      ],
    });
  });
  write('chats.jsonl', `${chats.join('\n')}\n`);
  write('mail.txt.gz', gzipSync(humanDocuments('e-mail').slice(0, 30).join('\n\n')));
  write('README.md', 'Text by people.\n');
  for (const { code } of blocks.filter(({ language }) => language === 'js')) {
    const name = /^\/\/ (\S+\.mjs)\n/.exec(code)?.[1];
    if (name === undefined) throw new Error('a program of the page has no name');
    writeFileSync(join(directory, name), code);
  }
});
afterAll(() => rmSync(directory, { recursive: true }));

describe('docs/scan.md', () => {
  it('has no block that neither is run nor is a program that is', () => {
    expect(blocks.filter(({ language }) => !['console', 'js'].includes(language))).toEqual([]);
    expect(steps.length).toBeGreaterThan(0);
  });

  it.each(steps)(
    'shows what is printed: line $line, $command',
    async ({ command, shown }) => {
      const env = { ...process.env, PATH: `${programs}${delimiter}${process.env['PATH']}` };
      const shell = spawn('bash', ['-c', `{ ${command}\n} 2>&1`], { cwd: directory, env });
      const { status, stdout } = await endOf(shell);
      const fails = shown.some((line) => line.startsWith('countermark: '));
      expect({ fails: status !== 0, stdout }).toMatchObject({ fails });
      expect(stdout.split('\n').map(withoutFresh).join('\n')).toMatch(patternOf(shown));
    },
    PATIENCE_MS,
  );

  it('found the marked answers, and at most one document by chance', () => {
    const { top, detected } = JSON.parse(readFileSync(join(directory, 'audit-2/summary.json'), 'utf8'));
    const answers = top.filter(({ file }: { file: string }) => file === 'corpus/answers.jsonl');
    expect(answers).toHaveLength(3);
    expect(detected).toBeLessThanOrEqual(4);
  });

  it('would be found out', () => {
    expect('scanned: 3 documents\n').toMatch(patternOf(['scanned: 3 documents']));
    expect('scanned: 4 documents\n').not.toMatch(patternOf(['scanned: 3 documents']));
    expect('a\nb\n').not.toMatch(patternOf(['…', 'a']));
    expect('a\nb\n').toMatch(patternOf(['…', 'b']));
  });
});
