/** What tests look at and nobody else: no part of the published packages, so that it may change at any time. */
export { searchWindows, type TupleRegion, type WindowSearch } from './regions/search-windows.ts';
