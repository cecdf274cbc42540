/** WebAssembly modules that are written into the source. */

// The part of the JavaScript API that is used here: neither the es2023 library nor @types/node 20 declares it.
declare const WebAssembly: {
  validate(bytes: Uint8Array): boolean;
  readonly Module: new (bytes: Uint8Array) => object;
  readonly Instance: new (module: object) => { readonly exports: unknown };
};

/**
 * Starts an instance of a module without imports.
 *
 * @param base64 the module's bytes.
 * @returns what it exports, or `undefined` where the host has no WebAssembly, or not the parts of it that the module uses.
 */
export function startWasm(base64: string): unknown {
  if (typeof WebAssembly === 'undefined') return undefined;
  const bytes = Uint8Array.from(atob(base64), (char) => char.charCodeAt(0));
  // False where the host has WebAssembly but no fixed-width SIMD.
  if (!WebAssembly.validate(bytes)) return undefined;
  return new WebAssembly.Instance(new WebAssembly.Module(bytes)).exports;
}
