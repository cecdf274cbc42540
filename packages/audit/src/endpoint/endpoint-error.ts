import type { Passing } from '@countermark/host';
import type { TokenCost } from '../journal/spending.ts';

/** What a failed request says of the others: nothing, as it may pass; that this one answer cannot be had; or that none can. */
export type FailureScope = 'moment' | 'answer' | 'audit';

/** A request that failed. The message holds nothing that the endpoint sent but its status and short words of its own. */
export class EndpointError extends Error {
  override readonly name = 'EndpointError';
  readonly scope: FailureScope;
  /** Set where the same request may succeed later. */
  readonly passing: Passing | undefined;
  /** What it cost; undefined where nobody knows. */
  readonly cost: TokenCost | undefined;

  constructor(
    scope: FailureScope,
    message: string,
    {
      afterMs,
      cost,
      ...options
    }: ErrorOptions & { readonly afterMs?: number | undefined; readonly cost?: TokenCost } = {},
  ) {
    super(message, options);
    this.scope = scope;
    this.passing = scope === 'moment' ? (afterMs === undefined ? {} : { afterMs }) : undefined;
    this.cost = cost;
  }
}
