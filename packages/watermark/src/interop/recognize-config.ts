/** Says whose configuration a file is. */
import * as z from 'zod';
import { WatermarkError } from '../errors.ts';
import { explainFaults } from './explain-faults.ts';
import type { AnyProfile } from './profile.ts';
import { PROFILES } from './profiles.ts';

/** A configuration with the port that reads it. */
export interface RecognizedConfig {
  readonly profile: AnyProfile;
  readonly config: unknown;
}

// Where transformers keeps a watermark inside a generation_config.json.
const Nested = z.looseObject({ watermarking_config: z.record(z.string(), z.unknown()) });

/**
 * Finds the port that a configuration is for, by its fields.
 *
 * @param value   parsed JSON: a configuration, or a generation_config.json that holds one.
 * @param among   the ports that it may be for (default all).
 * @throws {WatermarkError} `params-invalid` if none reads it, saying what is wrong for the one that comes nearest, or if
 *   several do, naming them.
 */
export function recognizeConfig(value: unknown, among: readonly AnyProfile[] = PROFILES): RecognizedConfig {
  const nested = Nested.safeParse(value);
  const config: unknown = nested.success ? nested.data.watermarking_config : value;
  const tried = among.map((candidate) => ({ candidate, result: candidate.config.safeParse(config) }));
  const fitting = tried.filter(({ result }) => result.success).map(({ candidate }) => candidate);
  const [first, ...others] = fitting;
  if (first !== undefined && others.length === 0) return { profile: first, config };
  if (first !== undefined) {
    const names = fitting.map(({ name }) => name).join(' or ');
    throw new WatermarkError('params-invalid', `the configuration may be one of ${names}: name the profile`);
  }
  const faults = tried.flatMap(({ candidate, result }) =>
    result.success ? [] : [{ name: candidate.name, error: result.error, count: faultCount(result.error) }],
  );
  const nearest = faults.reduce((best, fault) => (fault.count < best.count ? fault : best));
  const which = among.length === 1 ? '' : "no watermark's configuration is like this; the nearest is ";
  throw new WatermarkError('params-invalid', `${which}${nearest.name}: ${explainFaults(nearest.error)}`);
}

function faultCount(error: z.ZodError): number {
  return error.issues.reduce(
    (sum, issue) => sum + (issue.code === 'unrecognized_keys' ? issue.keys.length : 1),
    0,
  );
}
