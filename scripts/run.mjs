// Runs one of the workspace's tasks on a machine that has only Node and npm: installs pnpm and the dependencies
// inside the repository, builds what changed, then runs the task. Whatever it says goes to standard error.
import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const ROOT = dirname(dirname(fileURLToPath(import.meta.url)));
const TOOLS = join(ROOT, '.tools');
const PNPM = join(TOOLS, 'pnpm', 'node_modules', 'pnpm', 'bin', 'pnpm.cjs');
const BIN = join(ROOT, 'node_modules', '.bin');

const TASKS = {
  setup: () => undefined,
  demo: (rest) => execute(process.execPath, ['packages/cli/bin/countermark.js', 'demo', ...rest]),
  serve: (rest) => execute(process.execPath, ['packages/cli/bin/countermark.js', 'serve', ...rest]),
  test: (rest) => execute(process.execPath, [vitest(), 'run', ...rest]),
  'test:slow': (rest) =>
    execute(process.execPath, [vitest(), 'run', '--config', 'vitest.slow.config.ts', ...rest]),
  distillation: (rest) => execute(process.execPath, ['examples/distillation/dist/main.js', ...rest]),
  bench: (rest) => execute(process.execPath, ['bench/dist/main.js', ...rest]),
};

const [name, ...rest] = process.argv.slice(2);
const task = TASKS[name];
if (task === undefined) {
  console.error(`usage: node scripts/run.mjs ${Object.keys(TASKS).join('|')} [arguments]`);
  process.exit(2);
}
installPnpm();
installDependencies();
build();
task(rest);

function vitest() {
  return join(ROOT, 'node_modules', 'vitest', 'vitest.mjs');
}

function installPnpm() {
  const { packageManager } = readJson('package.json');
  const version = packageManager.replace('pnpm@', '');
  const installed = join(dirname(dirname(PNPM)), 'package.json');
  if (existsSync(installed) && JSON.parse(readFileSync(installed, 'utf8')).version === version) return;
  console.error(`setting up pnpm ${version} in .tools …`);
  const prefix = join(TOOLS, 'pnpm');
  mkdirSync(prefix, { recursive: true });
  const npm = process.env.npm_execpath;
  const args = ['install', '--prefix', prefix, '--no-save', '--no-audit', '--no-fund', packageManager];
  const viaNode = npm?.endsWith('npm-cli.js') === true;
  quietly(viaNode ? process.execPath : 'npm', viaNode ? [npm, ...args] : args);
}

function installDependencies() {
  const manifests = ['package.json', 'pnpm-workspace.yaml', 'pnpm-lock.yaml', ...workspaceManifests()];
  const state = hash(manifests.map((path) => readFileSync(join(ROOT, path), 'utf8')));
  if (existsSync(join(ROOT, 'node_modules', '.modules.yaml')) && stamp('installed') === state) return;
  console.error('installing dependencies …');
  quietly(process.execPath, [PNPM, 'install', '--frozen-lockfile', '--reporter=append-only']);
  stamp('installed', state);
}

function build() {
  const sources = ['packages', 'fixtures', 'test', 'bench', 'examples/distillation'].flatMap((folder) =>
    sourceFiles(folder),
  );
  const state = hash([stamp('installed'), ...sources]);
  if (stamp('built') === state && existsSync(join(ROOT, 'bench', 'dist', 'main.js'))) return;
  console.error('building …');
  quietly(process.execPath, [PNPM, '--recursive', '--workspace-concurrency=1', 'run', 'build']);
  stamp('built', state);
}

function workspaceManifests() {
  const packages = readdirSync(join(ROOT, 'packages')).map((folder) => `packages/${folder}`);
  return [...packages, 'fixtures', 'test', 'bench', 'examples', 'examples/distillation', 'image']
    .map((folder) => `${folder}/package.json`)
    .filter((path) => existsSync(join(ROOT, path)));
}

// Every file that a build reads or could read, with its size and time.
function sourceFiles(folder) {
  const skipped = new Set(['node_modules', 'dist', 'dist-model']);
  return readdirSync(join(ROOT, folder), { withFileTypes: true }).flatMap((entry) => {
    const path = `${folder}/${entry.name}`;
    if (entry.isDirectory()) return skipped.has(entry.name) ? [] : sourceFiles(path);
    if (/\.generated\.ts$|\.tsbuildinfo$/.test(entry.name)) return [];
    const { size, mtimeMs } = statSync(join(ROOT, path));
    return [`${path} ${size} ${mtimeMs}`];
  });
}

function stamp(name, state) {
  const path = join(TOOLS, name);
  if (state !== undefined) writeFileSync(path, state);
  return existsSync(path) ? readFileSync(path, 'utf8') : undefined;
}

function hash(parts) {
  return createHash('sha256').update(JSON.stringify(parts)).digest('hex');
}

function readJson(path) {
  return JSON.parse(readFileSync(join(ROOT, path), 'utf8'));
}

// Standard output belongs to the task alone.
function quietly(command, args) {
  const { status, error } = spawnSync(command, args, {
    cwd: ROOT,
    stdio: ['ignore', 2, 2],
    shell: process.platform === 'win32',
    env: { ...process.env, PATH: `${BIN}:${process.env.PATH}`, CI: 'true' },
  });
  if (error !== undefined) console.error(error.message);
  if (status !== 0) process.exit(status ?? 70);
}

function execute(command, args) {
  const { status, signal } = spawnSync(command, args, { cwd: ROOT, stdio: 'inherit' });
  process.exit(signal === 'SIGINT' ? 130 : (status ?? 70));
}
