import { describeLostCalls } from './lost-transactions.ts';

// Of the plan, of both shards of a job, of the last shard and of the result; the slow suite loses every call.
describeLostCalls(
  'a transaction',
  (kind) => kind === 'commit',
  (lost, calls) => lost <= 4 || lost > calls - 2,
);
