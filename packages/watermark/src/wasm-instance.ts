/** WebAssembly modules that are written into the source. */

// The part of the JavaScript API that is used here: neither the es2023 library nor @types/node 20 declares it.
declare const WebAssembly: {
  validate(bytes: Uint8Array): boolean;
  readonly Module: new (bytes: Uint8Array) => object;
  readonly Instance: new (module: object) => { readonly exports: unknown };
  readonly CompileError: new () => Error;
};

// Compiled once a process: hosts bound the code that may be alive, and compiling takes longer than all else of a start.
const compiled = new Map<string, object | undefined>();

/**
 * Compiles a module, or returns what was compiled before.
 *
 * @param base64 the module's bytes.
 * @returns the module, or `undefined` where the host has no WebAssembly, not the parts of it that the module uses, or compiles none
 *   while it runs: workers at the edge, and pages whose Content Security Policy lacks 'wasm-unsafe-eval'.
 */
export function compileWasm(base64: string): object | undefined {
  if (!compiled.has(base64)) compiled.set(base64, compile(base64));
  return compiled.get(base64);
}

function compile(base64: string): object | undefined {
  if (typeof WebAssembly === 'undefined') return undefined;
  const bytes = Uint8Array.from(atob(base64), (char) => char.charCodeAt(0));
  // False where the host has WebAssembly but no fixed-width SIMD.
  if (!WebAssembly.validate(bytes)) return undefined;
  try {
    return new WebAssembly.Module(bytes);
  } catch (error) {
    if (error instanceof WebAssembly.CompileError) return undefined;
    throw error;
  }
}

/**
 * Starts an instance of a module without imports.
 *
 * @param base64 the module's bytes.
 * @returns what it exports, or `undefined` where {@link compileWasm} has no module.
 */
export function startWasm(base64: string): unknown {
  const module = compileWasm(base64);
  return module === undefined ? undefined : new WebAssembly.Instance(module).exports;
}
