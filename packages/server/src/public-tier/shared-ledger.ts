import { createHmac } from 'node:crypto';
import { Problem } from '../problem.ts';
import { seal, unseal } from '../secrets/seal.ts';
import type { Database } from '../store/database.ts';
import type { BudgetLedger, BudgetLimits } from './budget-ledger.ts';
import { areAlike } from './sketch.ts';

/** A database that has not answered by then does not answer. */
const PATIENCE_MS = 3_000;
const RETRY_S = 5;
/** Sketches kept, about 100 MB; beyond these the oldest are forgotten. */
const MAX_SKETCHES = 100_000;

/**
 * Budgets that all servers of a database have in common. In it are keyed hashes of clients' networks, and sketches of texts sealed
 * under the same key: without the master key neither says anything.
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
    this.textSalt = this.#hash('salt of sketches').readUInt32LE();
  }

  charge(network: string, cost: number): Promise<number | undefined> {
    return answered(this.#charge(this.#clientOf(network), cost));
  }

  countSimilar(network: string, sketch: Uint32Array): Promise<number | undefined> {
    return answered(this.#countSimilar(this.#clientOf(network), sketch));
  }

  /** Deletes what is counted no longer. */
  async sweep(): Promise<void> {
    await this.#database.query('delete from countermark.public_budgets where renewed <= now()');
    await this.#database.query(
      `delete from countermark.public_sketches where expires <= now()
       or number <= (select max(number) from countermark.public_sketches) - $1::bigint`,
      [MAX_SKETCHES],
    );
  }

  async #charge(client: Buffer, cost: number): Promise<number | undefined> {
    // One statement, so that servers that charge at once charge one after the other.
    const charged = await this.#database.query(
      `insert into countermark.public_budgets as budget (client, spent, renewed)
       values ($1, $2, now() + interval '1 hour')
       on conflict (client) do update set
         spent = excluded.spent + case when budget.renewed <= now() then 0 else budget.spent end,
         renewed = case when budget.renewed <= now() then excluded.renewed else budget.renewed end
       where budget.renewed <= now() or budget.spent + excluded.spent <= $3
       returning 1`,
      [client, cost, this.#limits.perHour],
    );
    if (charged.length > 0) return undefined;
    const [left] = await this.#database.query<{ seconds: number }>(
      `select extract(epoch from renewed - now())::float8 as seconds from countermark.public_budgets where client = $1`,
      [client],
    );
    return Math.max(0, left?.seconds ?? 0);
  }

  #countSimilar(client: Buffer, sketch: Uint32Array): Promise<number | undefined> {
    const name = client.toString('hex');
    return this.#database.transaction(async (tx) => {
      // Texts of one client that come at once count one after the other.
      await tx.query('select pg_advisory_xact_lock($1::bigint)', [String(client.readBigInt64LE())]);
      const kept = await tx.query<{ sealed: Uint8Array; seconds: number }>(
        `select sealed, extract(epoch from expires - now())::float8 as seconds from countermark.public_sketches
         where client = $1 and expires > now() order by number`,
        [client],
      );
      const alike = kept.filter(({ sealed }) => areAlike(wordsOf(unseal(this.#key, name, sealed)), sketch));
      const [oldest] = alike;
      if (oldest !== undefined && alike.length >= this.#limits.similar) return oldest.seconds;
      await tx.query(
        `insert into countermark.public_sketches (client, sealed, expires) values ($1, $2, now() + interval '1 hour')`,
        [client, seal(this.#key, name, bytesOf(sketch))],
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

async function answered<T>(answer: Promise<T>): Promise<T> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new Error('the database does not answer')), PATIENCE_MS);
  });
  try {
    return await Promise.race([answer, late]);
  } catch (cause) {
    throw new Problem('overloaded', 'nobody can say at the moment what is left of the budget', {
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
