import type { z } from 'zod';
import { Problem } from './problem.ts';

/**
 * Parses what a client sent; only here does a schema's failure mean 400 rather than 500.
 *
 * @param what which part of the request it is, for the message. No value of it is repeated.
 * @throws {Problem} `invalid-request` naming the first fields at fault.
 */
export function parseRequest(schema: z.ZodType, value: unknown, what: string): unknown {
  const parsed = schema.safeParse(value);
  if (parsed.success) return parsed.data;
  const issues = parsed.error.issues.slice(0, 5);
  const [first] = issues;
  const detail = issues
    .map(({ path, message, code }) => {
      // What unknown fields are called is the client's text.
      const fault = code === 'unrecognized_keys' ? 'a field that is not documented' : message;
      return path.length === 0 ? `the ${what}: ${fault}` : `"${path.join('.')}": ${fault}`;
    })
    .join('; ');
  const param = first === undefined || first.path.length === 0 ? undefined : first.path.join('.');
  throw new Problem('invalid-request', detail, param === undefined ? {} : { param });
}
