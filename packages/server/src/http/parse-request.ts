import { faultInWords } from '@countermark/watermark';
import type { z } from 'zod';
import { Problem } from './problem.ts';
import type { LengthLimit } from './route.ts';

// What a misspelt or newer field may be called; anything else may be data.
const FIELD_NAME = /^[A-Za-z][A-Za-z_]{0,39}$/;

/**
 * Checks how long members of a body are, before the body's schema looks at what they hold.
 *
 * @throws {Problem} `limit-exceeded`.
 */
export function checkLengths(body: unknown, lengths: Readonly<Record<string, LengthLimit>>): void {
  if (typeof body !== 'object' || body === null) return;
  for (const [param, { setting, most, fault }] of Object.entries(lengths)) {
    const member: unknown = Object.hasOwn(body, param) ? body[param as keyof typeof body] : undefined;
    if (!(typeof member === 'string' || Array.isArray(member)) || member.length <= most) continue;
    throw new Problem('limit-exceeded', fault, { param, limit: { name: setting, value: most } });
  }
}

/**
 * Parses what a client sent; only here does a schema's failure mean 400 rather than 500.
 *
 * @param what which part of the request it is, for the message. No value of it is repeated.
 * @throws {Problem} `invalid-request` naming the first fields at fault.
 */
export function parseRequest(schema: z.ZodType, value: unknown, what: string): unknown {
  const parsed = schema.safeParse(value);
  if (parsed.success) return parsed.data;
  const issues = parsed.error.issues.slice(0, 5).map(nearest);
  const detail = issues
    .map((issue) => {
      const { path } = issue;
      // What unknown fields are called is the client's text, and not repeated.
      return `${path.length === 0 ? `the ${what}` : `"${path.join('.')}"`}: ${faultInWords(issue)}`;
    })
    .join('; ');
  const param = paramOf(issues[0]);
  throw new Problem('invalid-request', detail, param === undefined ? {} : { param });
}

/** Of something that may be of several kinds, the fault of the kind that fits it furthest: what was probably meant. */
function nearest(issue: z.core.$ZodIssue): z.core.$ZodIssue {
  if (issue.code !== 'invalid_union') return issue;
  const faults = issue.errors.flatMap(([first]) => (first === undefined ? [] : [nearest(first)]));
  const [furthest] = faults.toSorted((a, b) => b.path.length - a.path.length);
  if (furthest === undefined || furthest.path.length === 0) return issue;
  return { ...furthest, path: [...issue.path, ...furthest.path] };
}

/** Names the field at fault: one that nobody knows by its own name, if it is one. */
function paramOf(issue: z.core.$ZodIssue | undefined): string | undefined {
  if (issue === undefined) return undefined;
  const [unknown] = issue.code === 'unrecognized_keys' ? issue.keys : [];
  const path = unknown !== undefined && FIELD_NAME.test(unknown) ? [...issue.path, unknown] : issue.path;
  return path.length === 0 ? undefined : path.join('.');
}
