import type { Results } from './results.ts';
export async function renderPage(_r: Results): Promise<void> {}
