import * as z from 'zod';

/**
 * Reads a configuration of which every field has a default, but refuses one without fields: that is nobody's.
 *
 * @param schema of an object.
 */
export function someFields<T>(schema: z.ZodType<T>): z.ZodType<T> {
  return z.preprocess((value, context) => {
    if (typeof value === 'object' && value !== null && Object.keys(value).length === 0) {
      context.addIssue('must have at least one field');
    }
    return value;
  }, schema);
}
