import { execFileSync, spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { demoModelFiles } from '@countermark/demo-model';
import { beforeAll, describe, expect, it } from 'vitest';
import { bundle } from './bundle.ts';
import { differences } from './differences.ts';
import { type Findings, markAndDetect } from './program.ts';

// Outside of the workspace's dependencies, kept for the next run.
const cache = fileURLToPath(new URL('../../.cache/runtimes', import.meta.url));
const RUNTIMES = {
  bun: { version: '1.4', args: [] },
  deno: { version: '2.9', args: ['run', '--allow-read'] },
} as const;
const names = Object.keys(RUNTIMES) as (keyof typeof RUNTIMES)[];

const page = readFileSync(new URL('../../docs/runtimes.md', import.meta.url), 'utf8');
const PROGRAM = fileURLToPath(new URL('../../.cache/runtimes/program/main.mjs', import.meta.url));

/** Installs a runtime by npm and returns its path. */
function install(name: keyof typeof RUNTIMES): string {
  const prefix = join(cache, name);
  const path = join(prefix, 'node_modules', '.bin', name);
  if (existsSync(path)) return path;
  mkdirSync(prefix, { recursive: true });
  const wanted = `${name}@${RUNTIMES[name].version}`;
  execFileSync('npm', ['install', '--prefix', prefix, '--no-save', '--no-audit', '--no-fund', wanted], {
    stdio: 'pipe',
  });
  return path;
}

describe.each(names)('the packages in %s', (name) => {
  let runtime: string;
  const tokenizerJson = demoModelFiles().tokenizer;

  beforeAll(async () => {
    runtime = install(name);
    // What is run is the build of the packages, with the condition by which both runtimes take Node's modules.
    const code = `
      import { readFileSync } from 'node:fs';
      import { markAndDetect } from '${new URL('./program.ts', import.meta.url).pathname}';
      const findings = await markAndDetect(new Uint8Array(readFileSync(process.argv[2])));
      console.log(JSON.stringify(findings));
    `;
    const { files } = await bundle(code, { host: 'node', origin: 'build', withRanks: true });
    mkdirSync(join(cache, 'program'), { recursive: true });
    for (const [file, text] of files) {
      writeFileSync(file === 'entry.js' ? PROGRAM : join(cache, 'program', file), text);
    }
    writeFileSync(join(cache, 'program', 'package.json'), '{ "type": "module" }');
  }, 300_000);

  it('is the version that docs/runtimes.md names', () => {
    const { stdout } = spawnSync(runtime, ['--version'], { encoding: 'utf8' });
    expect(stdout).toContain(RUNTIMES[name].version);
    expect(page.toLowerCase()).toContain(`${name} ${RUNTIMES[name].version}`);
  });

  it('mark and detect as in Node', async () => {
    const { stdout, stderr, status } = spawnSync(runtime, [...RUNTIMES[name].args, PROGRAM, tokenizerJson], {
      encoding: 'utf8',
      maxBuffer: 2 ** 26,
    });
    expect({ status, stderr: status === 0 ? '' : stderr }).toEqual({ status: 0, stderr: '' });
    const found = JSON.parse(stdout) as Findings;
    expect(differences(found, await markAndDetect(new Uint8Array(readFileSync(tokenizerJson))))).toEqual([]);
  });
});
