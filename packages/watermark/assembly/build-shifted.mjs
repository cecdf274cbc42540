/** Compiles synthid-text's hash to WebAssembly; shifted.ts lays out less than a page. */
import { compile, generate, memory, read } from './wasm.mjs';

await generate({
  files: ['shifted.ts', 'build-shifted.mjs'],
  target: '../src/interop/synthid/shifted-bytes.generated.ts',
  constant: 'SHIFTED_WASM_BASE64',
  build: () => compile(read('shifted.ts'), ['-O3', '--converge', ...memory(1)]),
});
