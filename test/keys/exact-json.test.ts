import { jsonStringEnd, parseJsonExactly } from '@countermark/watermark';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';

describe('parseJsonExactly', () => {
  it('keeps every digit of integers beyond 2^53, wherever they stand', () => {
    const text =
      '{"id": 1234567890123456789, "deep": [[-9223372036854775808], {"n":18446744073709551615}], "s": "12345678901234567890"}';
    expect(parseJsonExactly(text)).toEqual({
      id: 1234567890123456789n,
      deep: [[-9223372036854775808n], { n: 18446744073709551615n }],
      s: '12345678901234567890',
    });
    expect(parseJsonExactly('9007199254740993')).toBe(9007199254740993n);
  });

  it('leaves integers that a number holds, fractions and exponents numbers', () => {
    expect(
      parseJsonExactly(
        '[9007199254740991, 0.12345678901234567890, 1e300, 1234567890123456789.5, 1E+0000000000000000001]',
      ),
    ).toEqual([9007199254740991, 0.12345678901234568, 1e300, 1234567890123456800, 10]);
  });

  it('is not deceived by texts, nor by names', () => {
    const long = '12345678901234567890';
    const value = { [`\\" : ${long}`]: `", ${long}`, '\\': `\\"${long}`, a: '\\\\' };
    const text = `{"x":${long},${JSON.stringify(value).slice(1)}`;
    expect(parseJsonExactly(text)).toEqual({ x: 12345678901234567890n, ...value });
    const proto = parseJsonExactly(`{"__proto__": ${long}, "a": {"__proto__": [${long}]}}`) as Record<
      string,
      unknown
    >;
    expect(Object.entries(proto)[0]).toEqual(['__proto__', 12345678901234567890n]);
    expect(Object.getPrototypeOf(proto)).toBe(Object.prototype);
  });

  it('refuses what JSON.parse refuses', () => {
    for (const text of [
      '',
      '00012345678901234567890',
      '[12345678901234567890',
      '{"a":12345678901234567890,}',
      '+12345678901234567890',
    ])
      expect(() => parseJsonExactly(text), text).toThrow(SyntaxError);
  });

  it('reads values that are nested deeper than the stack', () => {
    const depth = 5000;
    let value = parseJsonExactly(`${'['.repeat(depth)}12345678901234567890${']'.repeat(depth)}`);
    for (let i = 0; i < depth; i++) value = (value as unknown[])[0];
    expect(value).toBe(12345678901234567890n);
  });

  it('gives what JSON.parse gives but for long integers', () => {
    // As JSON.parse, with each bigint rounded to a number.
    const rounded = (value: unknown): unknown => {
      if (typeof value === 'bigint') return Number(value);
      if (Array.isArray(value)) return value.map(rounded);
      if (typeof value !== 'object' || value === null) return value;
      return Object.fromEntries(Object.entries(value).map(([name, member]) => [name, rounded(member)]));
    };
    const json = fc.json().map((text) => text.replace(/\b(\d{3,})\b/g, '$1$1$1$1$1$1'));
    fc.assert(
      fc.property(json, fc.integer({ min: 0, max: 3 }), (inner, spaces) => {
        const text = `{${' '.repeat(spaces)}"a":${inner},"n":12345678901234567890}`;
        let plain: unknown;
        try {
          plain = JSON.parse(text);
        } catch {
          expect(() => parseJsonExactly(text)).toThrow(SyntaxError);
          return;
        }
        expect(rounded(parseJsonExactly(text))).toEqual(rounded(plain));
      }),
      { seed: 1, numRuns: 500 },
    );
  });
});

describe('jsonStringEnd', () => {
  it('is after the closing mark of any string', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), fc.string(), (text, after) => {
        const quoted = JSON.stringify(text);
        expect(jsonStringEnd(`[${quoted},"${after}`, 1)).toBe(1 + quoted.length);
      }),
      { seed: 1, numRuns: 500 },
    );
  });
});
