/** "The second thing at the wrong moment", of threads: each dies at a moment that somebody may have forgotten. */
import { ProgramThread, ThreadDied, ThreadPool, type ThreadPoolOptions, TimedOut } from '@countermark/host';
import { afterEach, describe, expect, it } from 'vitest';

/** The class that the program throws too. */
class CodedError extends Error {
  override readonly name = 'CodedError';
  readonly code: string;
  readonly details: readonly string[] | undefined;

  constructor(code: string, message: string, { details }: { readonly details?: readonly string[] } = {}) {
    super(message);
    this.code = code;
    this.details = details;
  }
}

interface Order {
  readonly act: string;
  readonly [name: string]: unknown;
}

const program = { file: new URL('./misbehaving.mjs', import.meta.url), execArgv: [] };
const classes = { CodedError };
const ROUNDS = 20;
const pools: ThreadPool<Order, unknown>[] = [];
let faults: unknown[] = [];

function openPool(setup: object = {}, options: Partial<ThreadPoolOptions> = {}): ThreadPool<Order, unknown> {
  faults = [];
  const onFault = (fault: unknown) => faults.push(fault);
  const pool = new ThreadPool<Order, unknown>(program, setup, { threads: 1, classes, onFault, ...options });
  pools.push(pool);
  return pool;
}

const failureOf = (work: Promise<unknown>): Promise<unknown> =>
  work.then(
    (answer) => {
      throw new Error(`answered ${String(answer)}`);
    },
    (error: unknown) => error,
  );

afterEach(async () => {
  await Promise.all(pools.splice(0).map((pool) => pool.close()));
});

describe('a thread that dies after its answer is posted', () => {
  it.each(['die once posted', 'throw once posted'])(
    'has answered, and another has the next: %s',
    async (act) => {
      const pool = openPool();
      for (let value = 0; value < ROUNDS; value++) {
        expect(await pool.run({ act, value })).toBe(value);
        // The pool may not know yet that it is dead.
        expect(await pool.run({ act: 'answer', value: -value })).toBe(-value);
      }
    },
  );
});

describe('a thread that dies between two calls', () => {
  it('has not taken the second, which another answers', async () => {
    const starts = new SharedArrayBuffer(4);
    const pool = openPool({ starts });
    for (let round = 0; round < 3; round++) {
      await pool.run({ act: 'die before the next', value: round });
      expect(await pool.run({ act: 'answer', value: round })).toBe(round);
    }
    expect(new Int32Array(starts)[0]).toBe(4);
  });

  it('says that it did not take a call that cannot be made again', async () => {
    const pool = openPool();
    await pool.run({ act: 'die before the next' });
    const value = new Uint8Array(3);
    const died = await failureOf(pool.run({ act: 'answer', value }, { transfer: [value.buffer] }));
    expect(died).toBeInstanceOf(ThreadDied);
    expect(died).toMatchObject({ wasTaken: false, piece: undefined, code: undefined });
    expect(value.length).toBe(0);
  });

  it('tells the pool by what it died, where it was an error', async () => {
    const pool = openPool();
    const late = expect.objectContaining({ message: 'late' });
    for (let round = 1; round <= ROUNDS; round++) {
      await pool.run({ act: 'throw once posted' });
      await expect.poll(() => faults).toEqual(Array(round).fill(late));
      expect(await pool.run({ act: 'answer', value: 2 })).toBe(2);
    }
  });

  it('tells the pool by what it died in the same turn as its answer came', async () => {
    const pool = openPool();
    await pool.run({ act: 'answer', value: 1 });
    const answer = pool.run({ act: 'throw once posted' });
    // Nothing is received while this side is busy, so that the answer and the end are received together.
    Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 300);
    await answer;
    await expect.poll(() => faults).toEqual([expect.objectContaining({ message: 'late' })]);
  });

  it('tells the pool by what it died before it took the call that another answers', async () => {
    const pool = openPool();
    const late = expect.objectContaining({ message: 'late' });
    for (let round = 1; round <= 3; round++) {
      await pool.run({ act: 'die before the next', how: 'by an error' });
      expect(await pool.run({ act: 'answer', value: round })).toBe(round);
      expect(faults).toEqual(Array(round).fill(late));
    }
  });
});

describe('a thread that dies at work', () => {
  it('names the piece that it was at, and none between two', async () => {
    const pool = openPool();
    const at = await failureOf(pool.run({ act: 'die at', piece: 7 }));
    expect(at).toBeInstanceOf(ThreadDied);
    expect(at).toMatchObject({ wasTaken: true, piece: 7 });
    const between = await failureOf(pool.run({ act: 'die at', piece: 7, ends: true }));
    expect(between).toMatchObject({ wasTaken: true, piece: undefined });
  });

  it('names the error that nobody caught as its cause', async () => {
    const died = await failureOf(openPool().run({ act: 'throw at', piece: 3 }));
    expect(died).toBeInstanceOf(ThreadDied);
    expect(died).toMatchObject({ piece: 3, cause: expect.objectContaining({ message: 'uncaught' }) });
  });

  it('costs the others nothing', async () => {
    const pool = openPool({}, { threads: 2 });
    const [died, ...answers] = await Promise.all([
      failureOf(pool.run({ act: 'die at', piece: 1 })),
      ...Array.from({ length: 6 }, (_, value) => pool.run({ act: 'answer', value })),
    ]);
    expect(died).toBeInstanceOf(ThreadDied);
    expect(answers).toEqual([0, 1, 2, 3, 4, 5]);
  });
});

describe('a thread at its time limit', () => {
  it('is ended, and the piece that it is at is blamed', async () => {
    const pool = openPool();
    const late = await failureOf(pool.run({ act: 'stall at', pieces: [5] }, { limitMs: 50 }));
    expect(late).toBeInstanceOf(TimedOut);
    expect(late).toMatchObject({ piece: 5 });
    expect(await pool.run({ act: 'answer', value: 1 })).toBe(1);
  });

  it('is blamed for that piece and no other where it dies, or ends, in that very moment', async () => {
    const pool = openPool();
    const limitMs = 20;
    for (let round = 0; round < ROUNDS; round++) {
      const died = await failureOf(pool.run({ act: 'die after', piece: round, ms: limitMs }, { limitMs }));
      expect(died instanceof TimedOut || died instanceof ThreadDied).toBe(true);
      expect(died).toMatchObject({ piece: round });
      const done = await pool
        .run({ act: 'stall at', pieces: [round], ms: limitMs }, { limitMs })
        .catch((error: unknown) => error);
      if (done !== 'done') expect(done).toMatchObject({ name: 'TimedOut', piece: round });
    }
  });

  it('has all the time that it takes between two pieces, and before the first', async () => {
    const pool = openPool();
    expect(await pool.run({ act: 'stall at', pieces: [], ms: 100 }, { limitMs: 1 })).toBe('done');
  });
});

describe('a thread that dies in its setup', () => {
  it('fails the call with what it could not start for, its class and code, and the next tries again', async () => {
    const pool = openPool({ dies: 'refused', starts: new SharedArrayBuffer(4) });
    const refused = await failureOf(pool.run({ act: 'answer' }));
    expect(refused).toBeInstanceOf(CodedError);
    expect(refused).toMatchObject({ code: 'unfit', message: 'the setup is unfit', details: ['why'] });
    await expect.poll(() => faults).toEqual([refused]);
    expect(await pool.run({ act: 'answer', value: 1 })).toBe(1);
  });

  it('fails the call with the error that ended it before it could say anything', async () => {
    const pool = openPool({ dies: 'loading', starts: new SharedArrayBuffer(4) });
    const failure = await failureOf(pool.run({ act: 'answer' }));
    expect(failure).not.toBeInstanceOf(ThreadDied);
    expect(failure).toMatchObject({ message: 'no thread today' });
    expect(await pool.run({ act: 'answer', value: 1 })).toBe(1);
  });

  it('has taken nothing where it exits', async () => {
    const pool = openPool({ dies: 'opening', starts: new SharedArrayBuffer(4), times: 2 });
    for (let attempt = 0; attempt < 2; attempt++) {
      expect(await failureOf(pool.run({ act: 'answer' }))).toMatchObject({
        name: 'ThreadDied',
        wasTaken: false,
      });
    }
    expect(await pool.run({ act: 'answer', value: 1 })).toBe(1);
  });

  it('is given up where it takes too long to start', async () => {
    const starts = new SharedArrayBuffer(4);
    const pool = openPool({ dies: 'stalled', starts });
    const late = await failureOf(pool.run({ act: 'answer' }, { startMs: 200, limitMs: 50 }));
    expect(late).toMatchObject({ name: 'TimedOut', piece: 0 });
    // It may have been ended before it began at all: the next is well in any case.
    new Int32Array(starts)[0] = 1;
    expect(await pool.run({ act: 'answer', value: 1 })).toBe(1);
  });
});

describe('a thread that dies once it is asked to close', () => {
  it.each(['closing', 'closing loudly'])('is closed all the same: %s', async (dies) => {
    const thread = new ProgramThread<Order, unknown>(program, { dies, name: 'one' }, classes);
    expect(await thread.ready).toEqual({ setup: 'one' });
    expect(await thread.call({ act: 'answer', value: 1 })).toBe(1);
    await thread.close();
    expect(thread.isOver).toBe(true);
    expect(await failureOf(thread.call({ act: 'answer' }))).toBeInstanceOf(ThreadDied);
    await thread.close();
  });

  it('fails what was under way, and a pool that is closed takes no call', async () => {
    const pool = openPool({}, { threads: 1 });
    const under = failureOf(pool.run({ act: 'stall at', pieces: [1] }));
    const waiting = failureOf(pool.run({ act: 'answer' }));
    await pool.close();
    expect(await under).toBeInstanceOf(ThreadDied);
    expect(await waiting).toMatchObject({ name: 'ThreadDied', wasTaken: false });
    expect(await failureOf(pool.run({ act: 'answer' }))).toMatchObject({ wasTaken: false });
  });
});

describe('a call that is given up', () => {
  it('fails with the reason at once, also while it waits, and its thread is ended', async () => {
    const pool = openPool();
    const abort = new AbortController();
    const { signal } = abort;
    const under = failureOf(pool.run({ act: 'stall at', pieces: [1] }, { signal }));
    const waiting = failureOf(pool.run({ act: 'answer' }, { signal }));
    const reason = new Error('enough of it');
    abort.abort(reason);
    expect(await Promise.all([under, waiting])).toEqual([reason, reason]);
    expect(await pool.run({ act: 'answer', value: 1 })).toBe(1);
  });

  it('starts no thread where it was given up before', async () => {
    const starts = new SharedArrayBuffer(4);
    const pool = openPool({ starts });
    const reason = new Error('never mind');
    expect(await failureOf(pool.run({ act: 'answer' }, { signal: AbortSignal.abort(reason) }))).toBe(reason);
    expect(await pool.run({ act: 'answer', value: 1 })).toBe(1);
    expect(new Int32Array(starts)[0]).toBe(1);
  });
});

describe('what a program throws', () => {
  it('keeps its class, its code and what else it says', async () => {
    const pool = openPool();
    const coded = await failureOf(pool.run({ act: 'fail', how: 'coded' }));
    expect(coded).toBeInstanceOf(CodedError);
    expect(coded).toMatchObject({ code: 'of-mine', message: 'it is said', details: ['one', 'two'] });
    expect(await failureOf(pool.run({ act: 'fail', how: 'system' }))).toMatchObject({
      code: 'ENOENT',
      syscall: 'open',
      path: '/nowhere/at-all',
    });
    expect(await failureOf(pool.run({ act: 'fail', how: 'thrown string' }))).toMatchObject({
      message: 'a string',
    });
    const fault = await failureOf(pool.run({ act: 'fail' }));
    expect(fault).toMatchObject({ message: 'a fault', stack: expect.stringContaining('misbehaving.mjs') });
  });

  it('leaves the thread as it is', async () => {
    const starts = new SharedArrayBuffer(4);
    const pool = openPool({ starts });
    for (let i = 0; i < 3; i++) await failureOf(pool.run({ act: 'fail' }));
    expect(await pool.run({ act: 'answer', value: 1 })).toBe(1);
    expect(new Int32Array(starts)[0]).toBe(1);
  });
});

describe('a pool', () => {
  it('keeps to its number of threads, answers all who wait, and ends threads that are idle', async () => {
    const starts = new SharedArrayBuffer(4);
    const pool = openPool({ starts }, { threads: 2, idleMs: 50 });
    const values = Array.from({ length: 30 }, (_, value) => value);
    expect(await Promise.all(values.map((value) => pool.run({ act: 'answer', value })))).toEqual(values);
    expect(new Int32Array(starts)[0]).toBe(2);
    // Each call finds a thread that is idle, or none.
    await new Promise((resolve) => setTimeout(resolve, 200));
    expect(await pool.run({ act: 'answer', value: 1 })).toBe(1);
    expect(new Int32Array(starts)[0]).toBeLessThanOrEqual(4);
    expect(faults).toEqual([]);
  });
});
