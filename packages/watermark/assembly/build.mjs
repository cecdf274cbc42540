/** Compiles the AssemblyScript kernels and writes each as a base64 constant that the sources import. */
import { readFileSync, writeFileSync } from 'node:fs';
import asc from 'assemblyscript/asc';
import { unrollCompression } from './unroll.mjs';

const MAX_PAGES = 32; // 2 MiB
const PAGE_BYTES = 65_536;

await buildWordKernel();

/** The keyed function: fixed memory of its own, no imports. */
async function buildWordKernel() {
  // Up to four message words leave columns 2 and 3 of the first round to the key alone: kernel.ts, prepare.
  const source = [
    read('kernel.ts'),
    unrollCompression('compressNarrow', 4, 2),
    unrollCompression('compressWide', 15, 0),
  ].join('\n');
  const memory = (pages) => ['--initialMemory', `${pages}`, '--maximumMemory', `${pages}`];
  // The layout in kernel.ts decides how much memory is needed, so it is compiled once to ask for it.
  const draft = new WebAssembly.Module(await compile(source, ['-O0', ...memory(MAX_PAGES)]));
  const pages = Math.ceil(new WebAssembly.Instance(draft).exports.END.value / PAGE_BYTES);
  const binary = await compile(source, ['-O3', '--converge', ...memory(pages)]);
  write('prf/kernel-bytes.generated.ts', 'KERNEL_WASM_BASE64', 'kernel.ts', binary);
}

/** Returns the WebAssembly binary of one AssemblyScript text. */
async function compile(source, options) {
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

/** Writes a binary as a constant; an unchanged file keeps its time, so that incremental builds stay quick. */
function write(path, constant, from, binary) {
  const target = new URL(`../src/${path}`, import.meta.url);
  const base64 = Buffer.from(binary).toString('base64');
  const contents = `/** assembly/${from} as WebAssembly, base64; written by assembly/build.mjs. */
export const ${constant}: string =
  '${base64}';
`;
  if (existing(target) !== contents) writeFileSync(target, contents);
}

function existing(target) {
  try {
    return readFileSync(target, 'utf8');
  } catch (error) {
    if (error.code === 'ENOENT') return undefined;
    throw error;
  }
}

function read(name) {
  return readFileSync(new URL(name, import.meta.url), 'utf8');
}
