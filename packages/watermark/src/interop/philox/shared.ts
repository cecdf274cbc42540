/** The engine that all sources of the process share. */
import type { PhiloxEngine } from './engine.ts';
import { createScalarPhilox } from './scalar.ts';
import { createSimdPhilox } from './simd.ts';

// Buffers are kept for the process: calls are synchronous, and no key stays in them.
let shared: PhiloxEngine | undefined;

/** Returns the engine that this host can run best. */
export function philoxEngine(): PhiloxEngine {
  shared ??= createSimdPhilox() ?? createScalarPhilox();
  return shared;
}

/** Overwrites what a closed source may have left in the shared buffers. */
export function wipePhilox(engine: PhiloxEngine): void {
  for (const buffer of [engine.columns, engine.tokens, engine.states, engine.words]) buffer.fill(0);
}
