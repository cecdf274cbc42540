import { spawn } from 'node:child_process';
import { chmodSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import ts from 'typescript';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { COMMAND, endOf } from '../cli/command.ts';
import { makeDirectory } from '../cli/fixtures.ts';
import { fencedBlocks } from './markdown.ts';

const root = fileURLToPath(new URL('../..', import.meta.url));
// Pages of which every block is run, in order.
const PAGES = ['README.md', 'docs/interop.md', 'docs/evidence.md'];
const blocks = PAGES.flatMap((page) =>
  fencedBlocks(readFileSync(join(root, page), 'utf8')).map((block) => ({ ...block, page })),
);
const modules = blocks.filter(({ language }) => language === 'ts');
// What programs print, and data.
const SHOWN = ['text', 'json'];

describe.each(PAGES)('%s', (page) => {
  it('has no block that neither is run nor is mere output', () => {
    const own = blocks.filter((block) => block.page === page);
    const others = own.filter(({ language }) => !['ts', 'sh', ...SHOWN].includes(language));
    expect(others.map(({ line, language }) => `line ${line}: ${language}`)).toEqual([]);
    for (const run of ['ts', 'sh']) expect(own.map(({ language }) => language)).toContain(run);
  });
});

describe('the TypeScript of the pages', () => {
  // Under test/, so that the packages resolve as they do for the tests.
  const folder = fileURLToPath(new URL('../.cache/readme', import.meta.url));
  const paths = modules.map((_, i) => join(folder, `block-${i}.ts`));
  beforeAll(() => {
    mkdirSync(folder, { recursive: true });
    for (const [i, { code }] of modules.entries()) writeFileSync(paths[i] ?? '', code);
  });
  afterAll(() => rmSync(folder, { recursive: true }));

  it('has no type error under strict flags', () => {
    const base = ts.readConfigFile(join(root, 'tsconfig.base.json'), ts.sys.readFile).config;
    const { options } = ts.convertCompilerOptionsFromJson(base.compilerOptions, root);
    const program = ts.createProgram(paths, {
      ...options,
      composite: false,
      declarationMap: false,
      isolatedDeclarations: false,
      noEmit: true,
      typeRoots: [fileURLToPath(new URL('../node_modules/@types', import.meta.url))],
    });
    const faults = ts.getPreEmitDiagnostics(program).map(({ file, messageText }) => {
      return `${file?.fileName}: ${ts.flattenDiagnosticMessageText(messageText, ' ')}`;
    });
    expect(faults).toEqual([]);
  });

  it.each(modules)('runs: the block of line $line in $page', async (block) => {
    const log = vi.spyOn(console, 'log').mockImplementation(() => undefined);
    await import(pathToFileURL(paths[modules.indexOf(block)] ?? '').href);
    log.mockRestore();
  });
});

describe.each(PAGES)('the shell scripts of %s', (page) => {
  const scripts = blocks.filter((block) => block.page === page && block.language === 'sh');
  const directory = makeDirectory();
  // `npx countermark` without npx: the command of this checkout, and nothing else.
  const programs = join(directory, 'programs');
  beforeAll(() => {
    mkdirSync(programs);
    const npx = join(programs, 'npx');
    writeFileSync(
      npx,
      `#!/bin/sh\n[ "$1" = countermark ] || exit 97\nshift\nexec '${process.execPath}' '${COMMAND}' "$@"\n`,
    );
    chmodSync(npx, 0o755);
  });

  // In order, in one directory: what one writes, the next may read.
  it.each(scripts)('run: the block of line $line', async ({ code }) => {
    const env = { ...process.env, PATH: `${programs}${delimiter}${process.env['PATH']}` };
    const shell = spawn('bash', ['-e', '-o', 'pipefail', '-c', code], { cwd: directory, env });
    const { status, stderr } = await endOf(shell);
    expect(status, stderr).toBe(0);
  });
});
