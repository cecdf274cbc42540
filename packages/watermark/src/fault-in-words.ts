import type { z } from 'zod';

// The library's own sentences, which name its types and JavaScript's; what a schema says itself is better, and stays.
const OWN = /^(Too small|Too big|Invalid |Unrecognized )/;

/**
 * Says in plain English what a schema refuses, as the end of a sentence that begins with the field's name: `must be at least 1`.
 * It repeats no value: some are secret.
 *
 * @param namesUnknown whether fields that nobody knows are named: not where the answer goes to others, since their names may be data.
 */
export function faultInWords(issue: z.core.$ZodIssue, namesUnknown = false): string {
  if (!OWN.test(issue.message)) return issue.message;
  if (/received undefined$/.test(issue.message)) return 'is missing';
  switch (issue.code) {
    case 'invalid_type':
      return `must be ${TYPES[issue.expected] ?? `of type ${issue.expected}`}`;
    case 'too_small':
      return bound(issue.origin, issue.inclusive === false ? 'more than' : 'at least', issue.minimum);
    case 'too_big':
      return bound(issue.origin, issue.inclusive === false ? 'less than' : 'at most', issue.maximum);
    case 'invalid_value':
      return `must be ${issue.values.map((value) => JSON.stringify(value)).join(' or ')}`;
    case 'invalid_format':
      return FORMATS[issue.format] ?? 'is not in the form that is expected';
    case 'invalid_union':
      return 'is of none of the kinds that are expected';
    case 'unrecognized_keys':
      if (!namesUnknown) return 'has a field that is not documented';
      return `has ${listed(issue.keys)}, which ${issue.keys.length === 1 ? 'is' : 'are'} not documented`;
    default:
      return issue.message;
  }
}

/** Of hostile input, names may be any number and any length. */
const MOST_NAMES = 5;
const MOST_CHARACTERS = 60;

function listed(names: readonly string[]): string {
  const shown = names.slice(0, MOST_NAMES).map((name) => JSON.stringify(name.slice(0, MOST_CHARACTERS)));
  const more = names.length > MOST_NAMES ? ` and ${names.length - MOST_NAMES} more` : '';
  return `the ${names.length === 1 ? 'field' : 'fields'} ${shown.join(', ')}${more}`;
}

const TYPES: Readonly<Record<string, string>> = {
  array: 'an array',
  boolean: 'true or false',
  int: 'an integer',
  number: 'a number',
  object: 'an object',
  record: 'an object',
  string: 'a string',
};

const FORMATS: Readonly<Record<string, string>> = {
  safeint: 'must be an integer',
  url: 'must be an address, such as https://example.org/',
  uuid: 'must be a UUID',
};

const COUNTED: Readonly<Record<string, string>> = {
  array: 'elements',
  object: 'fields',
  set: 'elements',
  string: 'characters',
};

function bound(origin: string, relation: string, limit: number | bigint): string {
  const counted = COUNTED[origin];
  return counted === undefined
    ? `must be ${relation} ${limit}`
    : `must have ${relation} ${limit} ${Number(limit) === 1 ? counted.slice(0, -1) : counted}`;
}
