/**
 * Formats a level as it was given: `0.001`, `1e-6`.
 *
 * @param alpha in (0, 1).
 */
export function formatLevel(alpha: number): string {
  return alpha < 1e-3 ? alpha.toExponential() : String(alpha);
}
