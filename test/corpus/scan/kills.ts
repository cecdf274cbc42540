/** Scans that are killed at random moments, and begun again until they end. */
import { once } from 'node:events';
import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout } from 'node:timers/promises';
import { seededRandom } from '@countermark/watermark';
import { start } from '../../cli/command.ts';
import { isTemporary, succeed } from './runs.ts';

/** What is killed, and how often. */
export interface Kills {
  /** The arguments of a scan into a directory. */
  readonly scan: (out: string) => string[];
  /** Where the directories of the scans are made. */
  readonly directory: string;
  /** How many processes are to die by the signal before they end. */
  readonly kills: number;
  /** How long a scan takes that nobody disturbs, from its first line on. */
  readonly undisturbedMs: number;
}

/** What came of it. */
export interface Killed {
  /** Directories of the scans, all of them with a result in the end. */
  readonly outs: readonly string[];
  /** How many parts each killed process left there. */
  readonly parts: readonly number[];
}

/**
 * Kills scans at random moments of an undisturbed one's time; what was killed is scanned on with.
 *
 * A process that ends before its kill does not count, and the next scan begins in a directory of its own.
 */
export async function killScans({ scan, directory, kills, undisturbedMs }: Kills): Promise<Killed> {
  const random = seededRandom('kill');
  const outs = [join(directory, 'killed-0')];
  const parts: number[] = [];
  let out = outs[0] ?? '';
  while (parts.length < kills) {
    const { child, ended } = start(scan(out));
    // Its first line says that it is about to begin.
    await once(child.stderr as NodeJS.ReadableStream, 'data');
    await setTimeout(undisturbedMs * random());
    child.kill('SIGKILL');
    const { status, stderr } = await ended;
    if (child.signalCode === 'SIGKILL') {
      parts.push(partsIn(out).length);
      continue;
    }
    if (status !== 0) throw new Error(`the scan ended with status ${status}: ${stderr}`);
    out = join(directory, `killed-${outs.length}`);
    outs.push(out);
  }
  await succeed(scan(out));
  return { outs, parts };
}

/** Runs a scan that has to succeed, and says how long it took from its first line on. */
export async function undisturbedTime(args: readonly string[]): Promise<number> {
  const { child, ended } = start(args);
  await once(child.stderr as NodeJS.ReadableStream, 'data');
  const began = performance.now();
  const { status, stderr } = await ended;
  if (status !== 0) throw new Error(`the scan ended with status ${status}: ${stderr}`);
  return performance.now() - began;
}

/** Names of the parts in a scan's directory. */
export function partsIn(out: string): string[] {
  const parts = join(out, 'parts');
  return existsSync(parts) ? readdirSync(parts).filter((name) => !isTemporary(name)) : [];
}
