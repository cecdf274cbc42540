/** Compiles the keyed function to WebAssembly. */
import { unrollCompression } from './unroll.mjs';
import { compileWithLayout, generate, read } from './wasm.mjs';

const ALL_WORDS = Array.from({ length: 16 }, (_, i) => i);

await generate({
  files: ['kernel.ts', 'unroll.mjs', 'build.mjs'],
  target: '../src/prf/kernel-bytes.generated.ts',
  constant: 'KERNEL_WASM_BASE64',
  // Up to four message words leave columns 2 and 3 of the first round to the key alone: kernel.ts, prepare.
  build: () =>
    compileWithLayout(
      [
        read('kernel.ts'),
        unrollCompression({ name: 'compressNarrow', words: 4, columnsDone: 2, outputs: ALL_WORDS }),
        unrollCompression({ name: 'compressNarrowFirst', words: 4, columnsDone: 2, outputs: [0] }),
        unrollCompression({ name: 'compressWide', words: 15, columnsDone: 0, outputs: ALL_WORDS }),
        unrollCompression({ name: 'compressFull', words: 16, columnsDone: 0, outputs: ALL_WORDS }),
      ].join('\n'),
      ['--enable', 'simd'],
    ),
});
