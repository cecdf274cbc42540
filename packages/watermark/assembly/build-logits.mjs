/** Compiles logits.ts to WebAssembly and writes it as a base64 constant to src/sampling/logits-bytes.generated.ts. */
import { createHash } from 'node:crypto';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import asc from 'assemblyscript/asc';

const source = readFileSync(new URL('logits.ts', import.meta.url), 'utf8');
const target = new URL('../src/sampling/logits-bytes.generated.ts', import.meta.url);

const options = [
  ...['-O3', '--converge', '--enable', 'simd', '--runtime', 'stub', '--noAssert', '--use', 'abort='],
  '--importMemory',
];
const inputs = createHash('sha256')
  .update(JSON.stringify([source, readFileSync(new URL(import.meta.url), 'utf8'), asc.version]))
  .digest('hex');

if (!existsSync(target) || !readFileSync(target, 'utf8').includes(inputs)) await build();

async function build() {
  let binary;
  const { error, stderr } = await asc.main(['logits.ts', '--outFile', 'logits.wasm', ...options], {
    readFile: (name) => (name === 'logits.ts' ? source : null),
    writeFile: (name, contents) => {
      if (name === 'logits.wasm') binary = contents;
    },
    listFiles: () => [],
  });
  if (error) throw new Error(`logits.ts does not compile\n${stderr}`, { cause: error });
  const imports = WebAssembly.Module.imports(new WebAssembly.Module(binary));
  if (imports.length !== 1 || imports[0].kind !== 'memory') {
    throw new Error(`logits.ts must import its memory only, but imports ${JSON.stringify(imports)}`);
  }
  writeFileSync(
    target,
    `/**
 * assembly/logits.ts as WebAssembly, base64; written by assembly/build-logits.mjs.
 *
 * SHA-256 of what it was built from: ${inputs}
 */
export const LOGITS_WASM_BASE64: string =
  '${Buffer.from(binary).toString('base64')}';
`,
  );
}
