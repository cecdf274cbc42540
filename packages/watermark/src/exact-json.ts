/** JSON with the integers that a double has no digits for. */

// Integers of fewer digits are below 2^53.
const LONG_DIGITS = /[0-9]{16}/;
const LONG_INTEGERS = /(?<![0-9.eE+-])-?[0-9]{16,}(?![0-9.eE])/g;

/**
 * Parses JSON as `JSON.parse` does, but gives integers beyond 2^53 − 1 as bigint: every digit of them is kept.
 *
 * Numbers with a fraction or an exponent stay numbers, as in other readers. Costs one search where no integer is so long.
 *
 * @throws {SyntaxError} as `JSON.parse`; its message quotes the text.
 */
export function parseJsonExactly(text: string): unknown {
  const value: unknown = JSON.parse(text);
  if (!LONG_DIGITS.test(text)) return value;
  const quoted = quoteLongIntegers(text);
  if (quoted === text) return value;
  // The same value with long integers as texts: where one has a number and the other a text, the text has all digits.
  const root = { value };
  restoreIntegers(root, { value: JSON.parse(quoted) });
  return root.value;
}

/**
 * Returns where the string ends that starts in a valid JSON text: the index after its closing quotation mark.
 *
 * @param start index of its opening quotation mark.
 */
export function jsonStringEnd(text: string, start: number): number {
  for (let end = text.indexOf('"', start + 1); end >= 0; end = text.indexOf('"', end + 1)) {
    let escapes = 0;
    while (text.charCodeAt(end - 1 - escapes) === BACKSLASH) escapes++;
    if (escapes % 2 === 0) return end + 1;
  }
  return text.length;
}

const BACKSLASH = 0x5c;

function quoteLongIntegers(text: string): string {
  let result = '';
  let at = 0;
  while (at < text.length) {
    const string = text.indexOf('"', at);
    const end = string < 0 ? text.length : string;
    result += text
      .slice(at, end)
      .replace(LONG_INTEGERS, (digits) => (Number.isSafeInteger(Number(digits)) ? digits : `"${digits}"`));
    at = string < 0 ? end : jsonStringEnd(text, string);
    result += text.slice(end, at);
  }
  return result;
}

type Container = Readonly<Record<string, unknown>>;

// Without recursion: records may be nested deeper than the stack.
function restoreIntegers(root: Container, quoted: Container): void {
  const open: [Container, Container][] = [[root, quoted]];
  for (let next = open.pop(); next !== undefined; next = open.pop()) {
    const [target, source] = next;
    for (const name of Object.keys(target)) {
      const value = target[name];
      const other = source[name];
      if (typeof value === 'number') {
        if (typeof other === 'string') {
          // Defined, not assigned: a member may be called __proto__.
          Object.defineProperty(target, name, {
            value: BigInt(other),
            writable: true,
            enumerable: true,
            configurable: true,
          });
        }
      } else if (isContainer(value) && isContainer(other)) open.push([value, other]);
    }
  }
}

function isContainer(value: unknown): value is Container {
  return typeof value === 'object' && value !== null;
}
