// Packs each publishable package as it would be published and checks the result with publint and attw.
import { spawnSync } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const ROOT = dirname(dirname(fileURLToPath(import.meta.url)));
const PNPM = join(ROOT, '.tools', 'pnpm', 'node_modules', 'pnpm', 'bin', 'pnpm.cjs');
const BIN = join(ROOT, 'node_modules', '.bin');

let failed = 0;
for (const folder of readdirSync(join(ROOT, 'packages'))) {
  const directory = join(ROOT, 'packages', folder);
  const manifest = JSON.parse(readFileSync(join(directory, 'package.json'), 'utf8'));
  if (manifest.private === true) continue;
  const target = mkdtempSync(join(tmpdir(), 'countermark-pack-'));
  try {
    run(process.execPath, [PNPM, 'pack', '--pack-destination', target], directory);
    const tarball = join(target, readdirSync(target)[0] ?? '');
    checkContents(manifest.name, tarball);
    run(join(BIN, 'publint'), [tarball, '--strict'], directory);
    // The command has no API, so there are no types to check.
    if (manifest.exports?.['.'] !== undefined) {
      run(join(BIN, 'attw'), [tarball, '--profile', 'esm-only', '--quiet'], directory);
    }
    console.log(`${manifest.name}: ${failed === 0 ? 'well packed' : 'see above'}`);
  } finally {
    rmSync(target, { recursive: true, force: true });
  }
}
process.exit(failed === 0 ? 0 : 1);

function run(command, args, cwd) {
  const { status, stdout, stderr } = spawnSync(command, args, { cwd, encoding: 'utf8' });
  if (status === 0) return;
  failed++;
  console.error(`${command} ${args.join(' ')} failed:\n${stdout}${stderr}`);
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
