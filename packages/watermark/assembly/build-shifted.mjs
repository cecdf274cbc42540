/** Compiles shifted.ts to WebAssembly and writes it as a base64 constant to src/interop/synthid/shifted-bytes.generated.ts. */
import { createHash } from 'node:crypto';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import asc from 'assemblyscript/asc';

const source = readFileSync(new URL('shifted.ts', import.meta.url), 'utf8');
const target = new URL('../src/interop/synthid/shifted-bytes.generated.ts', import.meta.url);

const options = ['-O3', '--converge', '--runtime', 'stub', '--noAssert', '--use', 'abort='];
// shifted.ts lays out less than a page.
options.push('--initialMemory', '1', '--maximumMemory', '1');
const inputs = createHash('sha256')
  .update(JSON.stringify([source, readFileSync(new URL(import.meta.url), 'utf8'), asc.version]))
  .digest('hex');

if (!existsSync(target) || !readFileSync(target, 'utf8').includes(inputs)) await build();

async function build() {
  let binary;
  const { error, stderr } = await asc.main(['shifted.ts', '--outFile', 'shifted.wasm', ...options], {
    readFile: (name) => (name === 'shifted.ts' ? source : null),
    writeFile: (name, contents) => {
      if (name === 'shifted.wasm') binary = contents;
    },
    listFiles: () => [],
  });
  if (error) throw new Error(`shifted.ts does not compile\n${stderr}`, { cause: error });
  writeFileSync(
    target,
    `/**
 * assembly/shifted.ts as WebAssembly, base64; written by assembly/build-shifted.mjs.
 *
 * SHA-256 of what it was built from: ${inputs}
 */
export const SHIFTED_WASM_BASE64: string =
  '${Buffer.from(binary).toString('base64')}';
`,
  );
}
