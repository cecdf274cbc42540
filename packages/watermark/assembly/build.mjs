/**
 * Compiles the keyed function to WebAssembly and writes it as a base64 constant that the sources import.
 *
 * The same texts and the same compiler give the same bytes. The last line written names the SHA-256 of both,
 * and a file that is whole and up to date is left alone, so that incremental builds stay quick.
 */
import { createHash } from 'node:crypto';
import { readFileSync, writeFileSync } from 'node:fs';
import { unrollCompression } from './unroll.mjs';

const TARGET = new URL('../src/prf/kernel-bytes.generated.ts', import.meta.url);
const PAGE_BYTES = 65_536;
const MAX_PAGES = 32; // 2 MiB
const ALL_WORDS = Array.from({ length: 16 }, (_, i) => i);

const origin = originOf(['kernel.ts', 'unroll.mjs', 'build.mjs']);
if (!existing().endsWith(`// ${origin}\n`)) {
  const binary = await buildKernel();
  writeFileSync(
    TARGET,
    `/** assembly/kernel.ts as WebAssembly, base64; written by assembly/build.mjs. */
export const KERNEL_WASM_BASE64: string =
  '${Buffer.from(binary).toString('base64')}';
// ${origin}
`,
  );
}

/** Compiles kernel.ts with its compression functions; the memory is fixed, and nothing is imported. */
async function buildKernel() {
  // Up to four message words leave columns 2 and 3 of the first round to the key alone: kernel.ts, prepare.
  const source = [
    read('kernel.ts'),
    unrollCompression({ name: 'compressNarrow', words: 4, columnsDone: 2, outputs: ALL_WORDS }),
    unrollCompression({ name: 'compressNarrowFirst', words: 4, columnsDone: 2, outputs: [0] }),
    unrollCompression({ name: 'compressWide', words: 15, columnsDone: 0, outputs: ALL_WORDS }),
    unrollCompression({ name: 'compressFull', words: 16, columnsDone: 0, outputs: ALL_WORDS }),
  ].join('\n');
  const memory = (pages) => ['--initialMemory', `${pages}`, '--maximumMemory', `${pages}`];
  // The layout in kernel.ts decides how much memory is needed, so it is compiled once to ask for it.
  const draft = new WebAssembly.Module(await compile(source, ['-O0', ...memory(MAX_PAGES)]));
  const pages = Math.ceil(new WebAssembly.Instance(draft).exports.END.value / PAGE_BYTES);
  return compile(source, ['-O3', '--converge', ...memory(pages)]);
}

/** Returns the WebAssembly binary of one AssemblyScript text. */
async function compile(source, options) {
  const { default: asc } = await import('assemblyscript/asc');
  let binary;
  const { error, stderr } = await asc.main(
    [
      ...['source.ts', '--outFile', 'out.wasm', '--enable', 'simd', '--runtime', 'stub'],
      ...['--noAssert', '--use', 'abort=', ...options],
    ],
    {
      readFile: (name) => (name === 'source.ts' ? source : null),
      writeFile: (name, contents) => {
        if (name === 'out.wasm') binary = contents;
      },
      listFiles: () => [],
    },
  );
  if (error) throw new Error(`AssemblyScript does not compile\n${stderr}`, { cause: error });
  return binary;
}

/** Returns a digest of everything that decides the bytes: the named files of this folder and the compiler. */
function originOf(names) {
  const compiler = new URL('../package.json', import.meta.resolve('assemblyscript/asc'));
  const { version } = JSON.parse(readFileSync(compiler, 'utf8'));
  const hash = createHash('sha256').update(`assemblyscript ${version}\n`);
  for (const name of names) hash.update(read(name));
  return `sha256 ${hash.digest('hex')}`;
}

function existing() {
  try {
    return readFileSync(TARGET, 'utf8');
  } catch (error) {
    if (error.code === 'ENOENT') return '';
    throw error;
  }
}

function read(name) {
  return readFileSync(new URL(name, import.meta.url), 'utf8');
}
