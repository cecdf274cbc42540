/** Compiles logits.ts to WebAssembly and writes it as a base64 constant to src/sampling/logits-bytes.generated.ts. */
import { readFileSync, writeFileSync } from 'node:fs';
import asc from 'assemblyscript/asc';

const source = readFileSync(new URL('logits.ts', import.meta.url), 'utf8');
const target = new URL('../src/sampling/logits-bytes.generated.ts', import.meta.url);

let binary;
const options = ['--enable', 'simd', '--runtime', 'stub', '--noAssert', '--use', 'abort=', '--importMemory'];
const { error, stderr } = await asc.main(
  ['logits.ts', '--outFile', 'logits.wasm', '-O3', '--converge', ...options],
  {
    readFile: (name) => (name === 'logits.ts' ? source : null),
    writeFile: (name, contents) => {
      if (name === 'logits.wasm') binary = contents;
    },
    listFiles: () => [],
  },
);
if (error) throw new Error(`logits.ts does not compile\n${stderr}`, { cause: error });
const imports = WebAssembly.Module.imports(new WebAssembly.Module(binary));
if (imports.length !== 1 || imports[0].kind !== 'memory') {
  throw new Error(`logits.ts must import its memory only, but imports ${JSON.stringify(imports)}`);
}

writeFileSync(
  target,
  `/** assembly/logits.ts as WebAssembly, base64; written by assembly/build-logits.mjs. */
export const LOGITS_WASM_BASE64: string =
  '${Buffer.from(binary).toString('base64')}';
`,
);
