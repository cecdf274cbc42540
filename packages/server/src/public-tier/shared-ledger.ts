import { createHmac } from 'node:crypto';
import type { Database, Queryable } from '../database/database.ts';
import { Problem } from '../http/problem.ts';
import { seal, unseal } from '../secrets/seal.ts';
import type { BudgetLedger, BudgetLimits, Refusal } from './budget-ledger.ts';
import { hashesOf, oldestRepeated, type Question } from './repetition.ts';

/** A database that has not answered by then does not answer. */
const PATIENCE_MS = 3_000;
const RETRY_S = 5;
/** Questions kept, some kB each and 32 at most for each tokenizer and width of context; beyond these the oldest are forgotten. */
const MAX_QUESTIONS = 20_000;

/**
 * Budgets that all servers of a database have in common. In it are keyed hashes of clients' networks, and hashes of texts' tuples
 * sealed under the same key: without the master key neither says anything.
 *
 * Where the database does not answer, nobody has a budget: each server by itself would give a client as many as there are servers.
 */
export class SharedLedger implements BudgetLedger {
  readonly textSalt: number;
  readonly #database: Database;
  readonly #key: Uint8Array;
  readonly #limits: BudgetLimits;

  /** @param key Uint8Array `[32]`, the same for all servers. Retained. */
  constructor(database: Database, key: Uint8Array, limits: BudgetLimits) {
    this.#database = database;
    this.#key = key;
    this.#limits = limits;
    this.textSalt = this.#hash('salt of tuples').readUInt32LE();
  }

  charge(network: string, cost: number): Promise<Refusal | undefined> {
    return answered(this.#charge(this.#clientOf(network), cost));
  }

  countTuples(network: string, question: Question): Promise<number | undefined> {
    return answered(this.#countTuples(this.#clientOf(network), question));
  }

  /** Deletes what is counted no longer. */
  async sweep(): Promise<void> {
    await this.#database.query('delete from countermark.public_budgets where renewed <= now()');
    await this.#database.query(
      `delete from countermark.public_sketches where expires <= now()
       or number <= (select max(number) from countermark.public_sketches) - $1::bigint`,
      [MAX_QUESTIONS],
    );
  }

  #charge(client: Buffer, cost: number): Promise<Refusal | undefined> {
    const { perHour, total } = this.#limits;
    return this.#database.transaction(async (tx) => {
      // Everybody takes from a client's budget first and then from that of all: nobody waits in a circle.
      const own = await take(tx, client, cost, perHour);
      if (own !== undefined) return { of: 'client', seconds: own };
      const shared = await take(tx, this.#hash('all clients'), cost, total);
      if (shared === undefined) return undefined;
      await tx.query('update countermark.public_budgets set spent = spent - $2 where client = $1', [
        client,
        cost,
      ]);
      return { of: 'all clients', seconds: shared };
    });
  }

  #countTuples(client: Buffer, question: Question): Promise<number | undefined> {
    const name = client.toString('hex');
    return this.#database.transaction(async (tx) => {
      // Questions of one client that come at once count one after the other.
      await tx.query('select pg_advisory_xact_lock($1::bigint)', [String(client.readBigInt64LE())]);
      const kept = await tx.query<{ sealed: Uint8Array; seconds: number }>(
        `select sealed, extract(epoch from expires - now())::float8 as seconds from countermark.public_sketches
         where client = $1 and expires > now() order by number`,
        [client],
      );
      const earlier = kept.map(({ sealed }) => wordsOf(unseal(this.#key, name, sealed)));
      const at = oldestRepeated(question, earlier, this.#limits.similar);
      if (at !== undefined) return kept[at]?.seconds;
      await tx.query(
        `insert into countermark.public_sketches (client, sealed, expires) values ($1, $2, now() + interval '1 hour')`,
        [client, seal(this.#key, name, bytesOf(hashesOf(question)))],
      );
      return undefined;
    });
  }

  #clientOf(network: string): Buffer {
    return this.#hash(`client ${network}`);
  }

  #hash(text: string): Buffer {
    return createHmac('sha256', this.#key).update(text).digest();
  }
}

/** Takes from a budget in one statement, so that servers that do so at once come one after the other; yields the seconds until there is more. */
async function take(
  database: Queryable,
  name: Buffer,
  cost: number,
  limit: number,
): Promise<number | undefined> {
  const taken = await database.query(
    `insert into countermark.public_budgets as budget (client, spent, renewed)
     values ($1, $2, now() + interval '1 hour')
     on conflict (client) do update set
       spent = excluded.spent + case when budget.renewed <= now() then 0 else budget.spent end,
       renewed = case when budget.renewed <= now() then excluded.renewed else budget.renewed end
     where budget.renewed <= now() or budget.spent + excluded.spent <= $3
     returning 1`,
    [name, cost, limit],
  );
  if (taken.length > 0) return undefined;
  const [left] = await database.query<{ seconds: number }>(
    `select extract(epoch from renewed - now())::float8 as seconds from countermark.public_budgets where client = $1`,
    [name],
  );
  return Math.max(0, left?.seconds ?? 0);
}

async function answered<T>(answer: Promise<T>): Promise<T> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new Error('the database does not answer')), PATIENCE_MS);
  });
  try {
    return await Promise.race([answer, late]);
  } catch (cause) {
    throw new Problem('overloaded', 'the server cannot tell at the moment what is left of the budget', {
      cause,
      retryAfter: RETRY_S,
    });
  } finally {
    clearTimeout(timer);
  }
}

function bytesOf({ buffer, byteOffset, byteLength }: Uint32Array): Uint8Array {
  return new Uint8Array(buffer, byteOffset, byteLength);
}

// A copy, which begins where a word may.
function wordsOf(bytes: Uint8Array): Uint32Array {
  return new Uint32Array(new Uint8Array(bytes).buffer);
}
