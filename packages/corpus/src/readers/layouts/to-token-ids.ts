import { type Found, one } from './found.ts';
import { parsedList } from './parsed-list.ts';

/** Token ids are below this. */
const MAX_IDS = 2 ** 32;

/**
 * Turns a list of numbers into token ids.
 *
 * @param value a list or typed array of integers, 64-bit ones too; or such a list as JSON in a text.
 * @param field for the message.
 */
export function toTokenIds(value: unknown, field: string): Found {
  if (typeof value === 'string') value = parsedList(value);
  if (value instanceof Uint32Array) return one(value.length === 0 ? [] : [value]);
  if (!Array.isArray(value) && !isIntegers(value))
    return { refusal: { code: 'field-type', message: `field "${field}" is not a list of token ids` } };
  const ids = new Uint32Array(value.length);
  for (let i = 0; i < ids.length; i++) {
    const id: unknown = value[i];
    if (typeof id === 'number' && id >>> 0 === id) ids[i] = id;
    else if (typeof id === 'bigint' && id >= 0n && id < MAX_IDS) ids[i] = Number(id);
    else return refuse(id, i, field);
  }
  return one(ids.length === 0 ? [] : [ids]);
}

function isIntegers(value: unknown): value is ArrayLike<number | bigint> {
  return ArrayBuffer.isView(value) && !(value instanceof DataView);
}

function refuse(id: unknown, index: number, field: string): Found {
  const isNumber = typeof id === 'number' || typeof id === 'bigint';
  return {
    refusal: isNumber
      ? {
          code: 'token-out-of-range',
          message: `field "${field}": number ${index} is no integer from 0 to 2^32 - 1`,
        }
      : { code: 'field-type', message: `field "${field}": element ${index} is no number` },
  };
}
