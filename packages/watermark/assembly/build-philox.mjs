/** Compiles Philox 4x32-10 to WebAssembly. */
import { compileWithLayout, generate, read } from './wasm.mjs';

await generate({
  files: ['philox.ts', 'build-philox.mjs'],
  target: '../src/interop/philox/bytes.generated.ts',
  constant: 'PHILOX_WASM_BASE64',
  build: () => compileWithLayout(read('philox.ts'), ['--enable', 'simd']),
});
