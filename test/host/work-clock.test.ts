import { CLOCK_BYTES, TimeIsUp, Watchdog, WorkClock } from '@countermark/host';
import { seededRandom } from '@countermark/watermark';
import { beforeEach, describe, expect, it } from 'vitest';

const LIMIT_MS = 100;
let now: number;
let thread: WorkClock;
let watchdog: Watchdog;

beforeEach(() => {
  now = 1000;
  const memory = new SharedArrayBuffer(CLOCK_BYTES);
  thread = new WorkClock(memory, () => now);
  watchdog = new Watchdog(memory, LIMIT_MS);
});

describe('Watchdog', () => {
  it('blames the record whose time is up, and not the next, however late it is asked whom', () => {
    thread.begin(6);
    now += LIMIT_MS + 1;
    watchdog.look(now);
    expect(() => thread.begin(7)).toThrow(TimeIsUp);
    expect(() => thread.end()).toThrow(TimeIsUp);
    expect(watchdog).toMatchObject({ blamed: 6, piece: 6 });
  });

  it('lets a record end just at its limit, and blames none that has ended', () => {
    thread.begin(6);
    now += LIMIT_MS;
    expect(watchdog.look(now)).toBe(now);
    thread.end();
    watchdog.look(now + 1);
    expect(watchdog).toMatchObject({ blamed: undefined, piece: undefined });
  });

  it('measures each record for itself, from when the thread began it', () => {
    for (let record = 0; record < 10; record++) {
      thread.begin(record);
      now += LIMIT_MS - 1;
      watchdog.look(now);
    }
    expect(watchdog).toMatchObject({ blamed: undefined, piece: 9 });
  });

  it('blames nobody between two records, where a file is read or a part written, nor before the first', () => {
    now += 1000 * LIMIT_MS;
    expect(watchdog.look(now)).toBeUndefined();
    thread.begin(0);
    thread.end();
    now += 1000 * LIMIT_MS;
    expect(watchdog.look(now)).toBeUndefined();
    expect(watchdog.blamed).toBeUndefined();
    thread.begin(1);
  });

  it('takes the limit that the thread gives a piece of work of its own', () => {
    thread.begin(0, 10 * LIMIT_MS);
    now += 2 * LIMIT_MS;
    watchdog.look(now);
    thread.begin(0);
    now += LIMIT_MS + 1;
    watchdog.look(now);
    expect(watchdog.blamed).toBe(0);
  });

  it('gives up a thread that never began, which then never begins', () => {
    expect(watchdog.blameStart(0)).toBe(true);
    expect(() => thread.begin(0)).toThrow(TimeIsUp);
  });

  it('leaves each record either done or timed out, in whatever order the two come', () => {
    const random = seededRandom('interleavings');
    for (let round = 0; round < 2000; round++) {
      const memory = new SharedArrayBuffer(CLOCK_BYTES);
      const worker = new WorkClock(memory, () => now);
      const watcher = new Watchdog(memory, LIMIT_MS);
      const done: number[] = [];
      let at: number | undefined;
      try {
        for (let step = 0; step < 20; step++) {
          now += 2 * LIMIT_MS * random();
          if (random() < 1 / 3) watcher.look(now);
          else if (at === undefined) {
            at = step;
            worker.begin(at);
          } else {
            worker.end();
            done.push(at);
            at = undefined;
          }
        }
      } catch (error) {
        expect(error).toBeInstanceOf(TimeIsUp);
        expect(watcher.blamed).toBe(at);
      }
      if (watcher.blamed !== undefined) {
        expect(watcher.blamed).toBe(at);
        expect(done).not.toContain(watcher.blamed);
      }
    }
  });
});
