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
const blocks = fencedBlocks(readFileSync(join(root, 'README.md'), 'utf8'));
const modules = blocks.filter(({ language }) => language === 'ts');
const scripts = blocks.filter(({ language }) => language === 'sh');
// What programs print, and data.
const SHOWN = ['text', 'json'];

describe('README.md', () => {
  it('has no block that neither is run nor is mere output', () => {
    const others = blocks.filter(({ language }) => !['ts', 'sh', ...SHOWN].includes(language));
    expect(others.map(({ line, language }) => `line ${line}: ${language}`)).toEqual([]);
    expect(modules.length).toBeGreaterThan(0);
    expect(scripts.length).toBeGreaterThan(0);
  });
});

describe.runIf(modules.length > 0)('the TypeScript in README.md', () => {
  // Under test/, so that the packages resolve as they do for the tests.
  const folder = fileURLToPath(new URL('../.cache/readme', import.meta.url));
  const paths = modules.map(({ line }) => join(folder, `line-${line}.ts`));
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

  it.each(modules)('runs: the block of line $line', async ({ line }) => {
    const log = vi.spyOn(console, 'log').mockImplementation(() => undefined);
    await import(pathToFileURL(join(folder, `line-${line}.ts`)).href);
    log.mockRestore();
  });
});

describe.runIf(scripts.length > 0)('the shell scripts in README.md', () => {
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
