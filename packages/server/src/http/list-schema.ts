import { z } from 'zod';

type ListDefinition = z.ZodArray['_zod']['def'] & { readonly isRight?: (value: unknown) => boolean };

const neverRight = (): boolean => false;

/** An array's schema whose work ends at the first fault: what is longer than it may be is not looked into, nor what follows a wrong element. */
const FirstFaultArray: z.core.$constructor<z.ZodArray> = z.core.$constructor(
  'FirstFaultArray',
  (list: z.ZodArray, def: z.ZodArray['_zod']['def']) => {
    z.ZodArray.init(list, def);
    const { element } = def;
    list._zod.parse = (payload, context) => {
      const { value, issues } = payload;
      if (!Array.isArray(value)) {
        issues.push({ code: 'invalid_type', expected: 'array', input: value, inst: list, continue: false });
        return payload;
      }
      // Kept by the checks that `min` and `max` add.
      const { maximum = Number.POSITIVE_INFINITY } = list._zod.bag as { readonly maximum?: number };
      if (value.length > maximum) {
        const issue = { code: 'too_big', origin: 'array', maximum, inclusive: true } as const;
        issues.push({ ...issue, input: value, inst: list, continue: false });
        return payload;
      }
      const { isRight = neverRight } = def as ListDefinition;
      // A copy only where a member is not what was sent: long lists are not there twice.
      let parsed: unknown[] | undefined;
      for (let i = 0; i < value.length; i++) {
        const given: unknown = value[i];
        if (isRight(given)) {
          if (parsed !== undefined) parsed[i] = given;
          continue;
        }
        const result = element._zod.run({ value: given, issues: [] }, context);
        if (result instanceof Promise)
          throw new TypeError('an element expected a schema that is not asynchronous');
        const [fault] = result.issues;
        if (fault !== undefined) {
          issues.push({ ...fault, path: [i, ...(fault.path ?? [])], continue: false });
          return payload;
        }
        if (result.value !== given) parsed ??= value.slice(0, i);
        if (parsed !== undefined) parsed[i] = result.value;
      }
      payload.value = parsed ?? value;
      return payload;
    };
  },
);

/**
 * Returns the schema of an array that clients send, bounded by its `max`: see {@link FirstFaultArray}.
 *
 * @param isRight accepts just what the element's schema accepts and leaves as it is, many times faster: for arrays of very many. What it
 *   does not accept goes to the schema, which says what is wrong.
 */
export function listOf<T extends z.ZodType>(
  element: T,
  isRight?: (value: unknown) => boolean,
): z.ZodArray<T> {
  const definition: ListDefinition = {
    type: 'array',
    element,
    ...(isRight === undefined ? {} : { isRight }),
  };
  return new FirstFaultArray(definition) as unknown as z.ZodArray<T>;
}
