/** Compiles the passes over logits to WebAssembly; the memory is the importer's. */
import { compile, generate, read } from './wasm.mjs';

await generate({
  files: ['logits.ts', 'build-logits.mjs'],
  target: '../src/sampling/logits-bytes.generated.ts',
  constant: 'LOGITS_WASM_BASE64',
  async build() {
    const binary = await compile(read('logits.ts'), [
      ...['-O3', '--converge', '--enable', 'simd'],
      '--importMemory',
    ]);
    const imports = WebAssembly.Module.imports(new WebAssembly.Module(binary));
    if (imports.length !== 1 || imports[0].kind !== 'memory') {
      throw new Error(`logits.ts must import its memory only, but imports ${JSON.stringify(imports)}`);
    }
    return binary;
  },
});
