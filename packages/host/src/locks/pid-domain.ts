import { readFile, readlink } from 'node:fs/promises';
import { hostname } from 'node:os';

/** Where process ids mean something: one kernel since it was started, and one namespace of it. */
export interface PidDomain {
  readonly host: string;
  /** Empty where the system does not tell. */
  readonly bootId: string;
  /** Empty where the system does not tell. */
  readonly pidNamespace: string;
}

/** Returns where this process's id means something. */
export async function ownPidDomain(): Promise<PidDomain> {
  const bootId = await readFile('/proc/sys/kernel/random/boot_id', 'utf8').catch(() => '');
  const pidNamespace = await readlink('/proc/self/ns/pid').catch(() => '');
  return { host: hostname(), bootId: bootId.trim(), pidNamespace };
}

/** Whether ids of two domains name the same processes. */
export function isSameDomain(a: PidDomain, b: PidDomain): boolean {
  // Namespaces of one kernel tell containers apart, whatever they call their host.
  if (a.bootId !== '' && a.pidNamespace !== '')
    return a.bootId === b.bootId && a.pidNamespace === b.pidNamespace;
  return a.host === b.host && a.bootId === b.bootId && a.pidNamespace === b.pidNamespace;
}

/** Returns when a process started, in ticks since the system did; empty where the system does not tell. */
export async function startOf(pid: number): Promise<string> {
  try {
    const stat = await readFile(`/proc/${pid}/stat`, 'utf8');
    // Field 22 of proc(5); the name of the program, field 2, may hold spaces.
    return stat.slice(stat.lastIndexOf(')') + 2).split(' ')[19] ?? '';
  } catch {
    return '';
  }
}
