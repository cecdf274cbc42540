import type { ContextSet } from '@countermark/audit';
import type { Finding } from '@countermark/detector';
import type { WatermarkKey } from '@countermark/watermark';
import type { Command } from 'commander';
import { checkSetKey, readContextSet } from './open-set.ts';

/** Which contexts of an audit count. */
export interface ServedOption {
  readonly served?: string;
}

/** What a set brings to an audit; nothing without one. */
export interface ServedAudit {
  readonly options: { readonly served?: ContextSet };
  readonly inputs: Finding['inputs'];
}

/** Adds `--served`. */
export function addServedOption(command: Command): Command {
  return command.option('--served <set>', 'count only contexts of this set, made by contexts build');
}

/**
 * Opens the set.
 *
 * @throws {CommandError} if it is damaged or of another key.
 */
export async function openServed({ served: path }: ServedOption, key: WatermarkKey): Promise<ServedAudit> {
  if (path === undefined) return { options: {}, inputs: [] };
  const served = await readContextSet(path);
  checkSetKey(path, served, key);
  return { options: { served }, inputs: [{ name: path, kind: 'file', sha256: served.sha256 }] };
}
