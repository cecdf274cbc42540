/** Compiles philox.ts to WebAssembly and writes it as a base64 constant to src/interop/philox/bytes.generated.ts. */
import { createHash } from 'node:crypto';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import asc from 'assemblyscript/asc';

const PAGE_BYTES = 65_536;
const MAX_PAGES = 32; // 2 MiB
const source = readFileSync(new URL('philox.ts', import.meta.url), 'utf8');
const target = new URL('../src/interop/philox/bytes.generated.ts', import.meta.url);

const inputs = createHash('sha256')
  .update(JSON.stringify([source, readFileSync(new URL(import.meta.url), 'utf8'), asc.version]))
  .digest('hex');

if (!existsSync(target) || !readFileSync(target, 'utf8').includes(inputs)) await build();

async function build() {
  // The layout in philox.ts decides how much memory is needed, so it is compiled once to ask for it.
  const draft = new WebAssembly.Module(await compile(['-O0', ...memory(MAX_PAGES)]));
  const pages = Math.ceil(new WebAssembly.Instance(draft).exports.END.value / PAGE_BYTES);
  const binary = await compile(['-O3', '--converge', ...memory(pages)]);
  writeFileSync(
    target,
    `/**
 * assembly/philox.ts as WebAssembly, base64; written by assembly/build-philox.mjs.
 *
 * SHA-256 of what it was built from: ${inputs}
 */
export const PHILOX_WASM_BASE64: string =
  '${Buffer.from(binary).toString('base64')}';
`,
  );
}

function memory(pages) {
  return ['--initialMemory', `${pages}`, '--maximumMemory', `${pages}`];
}

/** Returns the WebAssembly binary; its memory is fixed, and nothing is imported. */
async function compile(options) {
  let binary;
  const { error, stderr } = await asc.main(
    [
      ...['philox.ts', '--outFile', 'philox.wasm', '--enable', 'simd', '--runtime', 'stub'],
      ...['--noAssert', '--use', 'abort=', ...options],
    ],
    {
      readFile: (name) => (name === 'philox.ts' ? source : null),
      writeFile: (name, contents) => {
        if (name === 'philox.wasm') binary = contents;
      },
      listFiles: () => [],
    },
  );
  if (error) throw new Error(`philox.ts does not compile\n${stderr}`, { cause: error });
  return binary;
}
