// Runs the quick suite on another Node, whose binary comes from npm into .tools: node scripts/other-node.mjs 24 [arguments of vitest]
// Without arguments it leaves out the files that start servers and commands, which take most of the time and whose processes the suite on this Node
// has seen through. The workspace must be set up and built.
import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync } from 'node:fs';
import { delimiter, dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const ROOT = dirname(dirname(fileURLToPath(import.meta.url)));
const STARTING = ['test/cli/**', 'test/docs/**', 'test/examples/**', 'test/server/**', '**/command.test.ts'];

const [version, ...rest] = process.argv.slice(2);
if (version === undefined || !/^\d+(\.\d+){0,2}$/.test(version)) {
  console.error('usage: node scripts/other-node.mjs 24|24.1|24.1.0 [arguments of vitest]');
  process.exit(2);
}
const binary = installNode(version);
const chosen = rest.some((argument) => !argument.startsWith('-'));
const without = chosen ? {} : { COUNTERMARK_TESTS_WITHOUT: STARTING.join(' ') };
const started = performance.now();
const { status } = spawnSync(binary, [join(ROOT, 'node_modules', 'vitest', 'vitest.mjs'), 'run', ...rest], {
  cwd: ROOT,
  stdio: 'inherit',
  // For what asks the path for `node`.
  env: { ...process.env, ...without, PATH: `${dirname(binary)}${delimiter}${process.env.PATH}` },
});
const seconds = Math.round((performance.now() - started) / 1000);
console.error(`the suite on Node ${version}: ${seconds} s`);
process.exit(status ?? 70);

// A package that holds the binary and nothing else: no install script has to fetch it.
function installNode(wanted) {
  const name = `node-${process.platform === 'win32' ? 'win' : process.platform}-${process.arch}`;
  const prefix = join(ROOT, '.tools', `node-${wanted}`);
  const path = join(prefix, 'node_modules', name, 'bin', process.platform === 'win32' ? 'node.exe' : 'node');
  if (!existsSync(path)) {
    mkdirSync(prefix, { recursive: true });
    const npm = process.env.npm_execpath;
    const args = ['install', '--prefix', prefix, '--no-save', '--no-audit', '--no-fund', `${name}@${wanted}`];
    const viaNode = npm?.endsWith('npm-cli.js') === true;
    const { status: installed } = spawnSync(
      viaNode ? process.execPath : 'npm',
      viaNode ? [npm, ...args] : args,
      { stdio: ['ignore', 2, 2], shell: process.platform === 'win32' },
    );
    if (installed !== 0 || !existsSync(path)) {
      console.error(`${name}@${wanted} could not be installed`);
      process.exit(70);
    }
  }
  const { stdout } = spawnSync(path, ['--version'], { encoding: 'utf8' });
  console.error(`Node ${stdout.trim()}, in .tools`);
  return path;
}
