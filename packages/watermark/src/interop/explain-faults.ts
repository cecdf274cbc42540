import type { z } from 'zod';

/** Says what is wrong with a configuration, field by field. It repeats no value: some are secret. */
export function explainFaults(error: z.ZodError): string {
  return error.issues
    .map((issue) =>
      issue.code === 'unrecognized_keys'
        ? `${issue.keys.join(', ')}: no field of this configuration`
        : `${issue.path.length === 0 ? 'configuration' : issue.path.join('.')}: ${inWords(issue)}`,
    )
    .join('; ');
}

// The library's own sentences; a schema's are better, and stay.
const OWN = /^(Too small|Too big|Invalid input|Invalid option)/;

function inWords(issue: z.core.$ZodIssue): string {
  if (!OWN.test(issue.message)) return issue.message;
  if (/received undefined$/.test(issue.message)) return 'is missing';
  switch (issue.code) {
    case 'invalid_type':
      return `must be of type ${issue.expected === 'int' ? 'integer' : issue.expected}`;
    case 'too_small':
      return bound(issue.origin, issue.inclusive === false ? 'more than' : 'at least', issue.minimum);
    case 'too_big':
      return bound(issue.origin, issue.inclusive === false ? 'less than' : 'at most', issue.maximum);
    case 'invalid_value':
      return `must be ${issue.values.map((value) => JSON.stringify(value)).join(' or ')}`;
    default:
      return issue.message;
  }
}

function bound(origin: string, relation: string, limit: number | bigint): string {
  return origin === 'array' || origin === 'string'
    ? `must have a length of ${relation} ${limit}`
    : `must be ${relation} ${limit}`;
}
