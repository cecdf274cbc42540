/** Known answers that the peers' own code gave: `test/vectors/interop`. */
import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { z } from 'zod';

/**
 * Reads one file's cases; a field that the schema does not name is refused, so that no answer stays unread.
 *
 * @param name   the file's, without `.json`.
 * @param schema of one case.
 */
export function peerCases<T extends z.ZodType>(name: string, schema: T): z.output<T>[] {
  const file = z.strictObject({
    source: z.array(
      z.strictObject({ repo_commit: z.string(), path: z.string(), sha256: z.string().optional() }),
    ),
    env: z.record(z.string(), z.string()),
    params: z.record(z.string(), z.string()),
    notes: z.array(z.string()),
    cases: z.array(schema),
  });
  const text = readFileSync(new URL(`../vectors/interop/${name}.json`, import.meta.url), 'utf8');
  return file.parse(JSON.parse(text)).cases;
}

/** SHA-256 of ids joined by commas, lowercase hex: how the files shorten long lists. */
export function idsDigest(ids: ArrayLike<number>): string {
  return createHash('sha256').update(Array.from(ids).join(',')).digest('hex');
}
