// Installs packed packages in an empty project, as whoever uses one does, and measures what that takes:
//   node scripts/installed-size.mjs            prints the table of docs/runtimes.md for all packages
import { spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const ROOT = dirname(dirname(fileURLToPath(import.meta.url)));
const PNPM = join(ROOT, '.tools', 'pnpm', 'node_modules', 'pnpm', 'bin', 'pnpm.cjs');

/**
 * Packs every package that is published.
 *
 * @returns the path of each one's tarball by its name.
 */
export function packAll(target) {
  const tarballs = new Map();
  for (const folder of readdirSync(join(ROOT, 'packages'))) {
    const directory = join(ROOT, 'packages', folder);
    const { name, version, private: isPrivate } = readJson(join(directory, 'package.json'));
    if (isPrivate === true) continue;
    run(process.execPath, [PNPM, 'pack', '--pack-destination', target], directory);
    tarballs.set(name, join(target, `${name.replace('@', '').replace('/', '-')}-${version}.tgz`));
  }
  return tarballs;
}

/**
 * Installs packages with npm in one project, ours from their tarballs.
 *
 * @returns bytes of every installed package by its name, copies of one name added up.
 */
export function install(names, tarballs) {
  const project = mkdtempSync(join(tmpdir(), 'countermark-install-'));
  try {
    const files = Object.fromEntries([...tarballs].map(([each, path]) => [each, `file:${path}`]));
    const own = Object.fromEntries(names.map((name) => [name, files[name]]));
    const others = Object.fromEntries(Object.entries(files).filter(([name]) => !names.includes(name)));
    const manifest = { private: true, dependencies: own, overrides: { ...others, ...own } };
    writeFileSync(join(project, 'package.json'), JSON.stringify(manifest));
    const flags = ['--omit=dev', '--ignore-scripts', '--no-audit', '--no-fund', '--loglevel=error'];
    const npm = process.env.npm_execpath?.endsWith('npm-cli.js') ? process.env.npm_execpath : undefined;
    run(
      npm === undefined ? 'npm' : process.execPath,
      [...(npm === undefined ? [] : [npm]), 'install', ...flags],
      project,
    );
    return measure(join(project, 'node_modules'));
  } finally {
    rmSync(project, { recursive: true, force: true });
  }
}

function measure(modules, sizes = new Map()) {
  for (const folder of existsSync(modules) ? readdirSync(modules) : []) {
    if (folder.startsWith('.')) continue;
    const names = folder.startsWith('@')
      ? readdirSync(join(modules, folder)).map((each) => `${folder}/${each}`)
      : [folder];
    for (const name of names) {
      sizes.set(name, (sizes.get(name) ?? 0) + bytesOf(join(modules, name)));
      measure(join(modules, name, 'node_modules'), sizes);
    }
  }
  return sizes;
}

// Of a package's own files: those nested in it count for themselves.
function bytesOf(directory) {
  return readdirSync(directory, { withFileTypes: true }).reduce((sum, entry) => {
    const path = join(directory, entry.name);
    if (entry.isDirectory()) return sum + (entry.name === 'node_modules' ? 0 : bytesOf(path));
    return sum + (entry.isFile() ? statSync(path).size : 0);
  }, 0);
}

function readJson(path) {
  return JSON.parse(readFileSync(path, 'utf8'));
}

function run(command, args, cwd) {
  const { status, stdout, stderr, error } = spawnSync(command, args, { cwd, encoding: 'utf8' });
  if (status !== 0)
    throw new Error(`${command} ${args.join(' ')} failed: ${error ?? ''}\n${stdout}${stderr}`);
}

function printTable() {
  const target = mkdtempSync(join(tmpdir(), 'countermark-tarballs-'));
  try {
    const tarballs = packAll(target);
    console.log('| package | installed, MB | packages | of that |\n|---|---|---|---|');
    for (const name of tarballs.keys()) {
      const sizes = [...install([name], tarballs)].sort(([, a], [, b]) => b - a);
      const total = sizes.reduce((sum, [, bytes]) => sum + bytes, 0);
      const largest = sizes.slice(0, 4).map(([each, bytes]) => `${each} ${megabytes(bytes)}`);
      console.log(`| \`${name}\` | ${megabytes(total)} | ${sizes.length} | ${largest.join(', ')} |`);
    }
  } finally {
    rmSync(target, { recursive: true, force: true });
  }
}

function megabytes(bytes) {
  return (bytes / 1e6).toFixed(bytes < 1e7 ? 1 : 0);
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  printTable();
}
