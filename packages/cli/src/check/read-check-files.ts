/** Reads what others wrote for a check: results and public parameters. */
import { stat } from 'node:fs/promises';
import { paramsFingerprint, parseParams, type WatermarkParams } from '@countermark/watermark';
import { z } from 'zod';
import { about, CommandError } from '../command-error.ts';
import { inputName, readText } from '../read-input.ts';
import { parseResult, type ResultFile } from './result-schema.ts';

const MOST_BYTES = 256 * 2 ** 20;

/** Public parameters as they are published. */
export interface PublishedParams {
  readonly params: WatermarkParams;
  readonly keyId: string;
  readonly commitment: string | undefined;
}

/**
 * Reads one result.
 *
 * @throws {CommandError} naming the file and the member that is wrong.
 */
export async function readResult(path: string): Promise<ResultFile> {
  const name = inputName(path);
  return toResult(name, parseJson(name, await readBounded(path)));
}

/**
 * Reads results, one a line, each with the name of its document.
 *
 * @throws {CommandError} naming the file, the line and the member that is wrong.
 */
export async function readResults(path: string): Promise<ResultFile[]> {
  const name = inputName(path);
  const lines = (await readBounded(path)).split('\n');
  return lines.flatMap((line, i) => {
    const place = `${name}:${i + 1}`;
    return line.trim() === '' ? [] : [toResult(place, parseJson(place, line))];
  });
}

const ParamsFile = z.strictObject({
  type: z.literal('countermark-params'),
  version: z.literal(1),
  keyId: z.string().regex(/^[0-9a-f]{32}$/),
  fingerprint: z.string().regex(/^[0-9a-f]{64}$/),
  params: z.unknown(),
  commitment: z
    .string()
    .regex(/^[0-9a-f]{64}$/)
    .optional(),
});

/**
 * Reads the public part of a key, as `params` prints it.
 *
 * @throws {CommandError} naming the file, if it is another, or its fingerprint is not that of its parameters.
 */
export async function readParams(path: string): Promise<PublishedParams> {
  const name = inputName(path);
  const value = parseJson(name, await readBounded(path));
  if (z.looseObject({ secret: z.unknown() }).safeParse(value).success) {
    throw new CommandError(
      `${name}: this file holds a secret, and a check needs none: give what "params" prints`,
    );
  }
  const parsed = ParamsFile.safeParse(value);
  if (!parsed.success) {
    throw new CommandError(`${name}: not the public part of a key, as "params" prints it`);
  }
  const { keyId, fingerprint, commitment } = parsed.data;
  const params = await about(name, () => parseParams(parsed.data.params));
  if (paramsFingerprint(params) !== fingerprint) {
    throw new CommandError(`${name}: the fingerprint is not that of the parameters`);
  }
  return { params, keyId, commitment };
}

function toResult(place: string, value: unknown): ResultFile {
  const parsed = parseResult(value);
  if ('fault' in parsed) {
    throw new CommandError(`${place}: not what "detect --format json" prints: ${parsed.fault}`);
  }
  return parsed;
}

async function readBounded(path: string): Promise<string> {
  if (path !== '-' && (await stat(path)).size > MOST_BYTES) {
    throw new CommandError(`${path}: larger than ${MOST_BYTES / 2 ** 20} MiB, which no result is`);
  }
  return readText(path);
}

function parseJson(place: string, text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    throw new CommandError(`${place}: not valid JSON`);
  }
}
