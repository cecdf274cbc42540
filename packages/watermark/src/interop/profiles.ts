/** Every port, by name. */
import { WatermarkError } from '../errors.ts';
import { KGW } from './kgw.ts';
import { KGW_HF } from './kgw-hf.ts';
import type { AnyProfile } from './profile.ts';

/** The ports, in the order of docs/interop.md. */
export const PROFILES: readonly AnyProfile[] = [KGW_HF, KGW];

/**
 * Returns the port of a name.
 *
 * @throws {WatermarkError} `params-invalid` if there is none.
 */
export function profileNamed(name: string): AnyProfile {
  const profile = PROFILES.find((candidate) => candidate.name === name);
  if (profile !== undefined) return profile;
  const names = PROFILES.map((candidate) => candidate.name).join(', ');
  throw new WatermarkError('params-invalid', `profile: must be one of ${names}`);
}
