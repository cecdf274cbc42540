export { benjaminiHochberg } from './benjamini-hochberg.ts';
export { binomialTailLog10 } from './binomial-tail.ts';
export { gammaTailLog10 } from './gamma-tail.ts';
export { holm } from './holm.ts';
export type { LatticeLaw, TiltedExponent, TiltedTransform } from './lattice-law.ts';
export { type LatticeTailInput, latticeTailLog10 } from './lattice-tail.ts';
export { uniformRowsLaw } from './uniform-rows-law.ts';
export { weightedBitsLaw } from './weighted-bits-law.ts';
export { weightedBitsTailLog10 } from './weighted-bits-tail.ts';
