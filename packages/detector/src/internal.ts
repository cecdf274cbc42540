/** What tests look at and nobody else: no part of the published packages, so that it may change at any time. */
export { openShiftedLaw } from './law/shifted-layers.ts';
export { searchWindows, type TupleRegion, type WindowSearch } from './regions/search-windows.ts';
export { bitConvolution } from './stats/cyclic-convolution.ts';
