import { readSettings, type Settings, unknownSettings } from '@countermark/server';
import { say } from '../output.ts';

/**
 * Reads the settings of a process that runs: the environment's, and an option's in place of a variable's. Tells of misspelt ones.
 *
 * @param options by the variables that they stand for; undefined where they are not given.
 * @throws {SettingsError} naming each that is wrong.
 */
export function serverSettings(options: Readonly<Record<string, string | undefined>>): Settings {
  const given = Object.entries(options).filter(([, value]) => value !== undefined);
  const settings = readSettings({ ...process.env, ...Object.fromEntries(given) });
  const unknown = unknownSettings(process.env);
  if (unknown.length > 0)
    say(`not a setting, and ignored: ${unknown.join(', ')}; docs/server.md lists the settings`);
  return settings;
}
