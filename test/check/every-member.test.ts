import {
  checkResult,
  findingInput,
  findingOf,
  type ResultToCheck,
  usedSoftware,
} from '@countermark/detector';
import { describe, expect, it } from 'vitest';
import { failed, GUMBEL, resultOf } from './cases.ts';

type Path = readonly (string | number)[];

/** Lists the places of all values that are no lists and no objects. */
function leavesOf(value: unknown, path: Path = []): Path[] {
  if (typeof value !== 'object' || value === null) return [path];
  return Object.entries(value).flatMap(([name, member]) => leavesOf(member, [...path, name]));
}

/** Returns a copy with one value changed. */
function changedAt(value: unknown, [name, ...rest]: Path): unknown {
  if (name === undefined) return changed(value);
  if (Array.isArray(value)) return value.map((old, i) => (String(i) === name ? changedAt(old, rest) : old));
  if (typeof value !== 'object' || value === null) throw new Error(`no member "${name}"`);
  return Object.fromEntries(
    Object.entries(value).map(([own, old]) => [own, own === name ? changedAt(old, rest) : old]),
  );
}

function changed(value: unknown): unknown {
  if (typeof value === 'boolean') return !value;
  if (typeof value === 'number') return value + 1;
  return `${String(value)}x`;
}

/** Whether a check of the changed result fails, or cannot be made. */
function isFoundOut(given: ResultToCheck, path: Path): boolean {
  const { result, evidence, finding } = given;
  const tampered = changedAt({ result, evidence, finding }, path) as Pick<
    ResultToCheck,
    'result' | 'evidence' | 'finding'
  >;
  try {
    return failed(checkResult({ ...given, ...tampered })).length > 0;
  } catch (error) {
    return error instanceof RangeError;
  }
}

describe('a result of which one value is changed', () => {
  const { key, text } = GUMBEL;
  const options = { decoys: { count: 3 }, regions: true, accounts: { ids: ['ada', 'grace'], issued: 5 } };

  it('is found out, wherever that is, but where nothing depends on it', () => {
    const tested = resultOf([key], text, options);
    const finding = findingOf('detection', {
      level: tested.result.alpha,
      software: usedSoftware('1.2.3'),
      keys: tested.result.keys,
      inputs: [findingInput(text, 'a.txt')],
    });
    const given = { ...tested, finding, commitment: key.commitment };
    const leaves = leavesOf({ result: given.result, evidence: given.evidence, finding });
    const overlooked = leaves
      .filter(([, list]) => list !== 'parameters' && list !== 'positions' && list !== 'words')
      .filter((path) => !isFoundOut(given, path))
      .map((path) => path.join('.'));
    expect(leaves.length).toBeGreaterThan(100);
    // The command reads no other object and compares the software; no rank is taken; the text has nothing to normalise; a name proves nothing.
    expect(overlooked).toEqual([
      'result.object',
      'result.settings.normalization',
      'result.settings.permutations',
      'finding.software.countermark',
      'finding.software.node',
      'finding.software.icu',
      'finding.software.unicode',
      'finding.software.textUnicode',
      'finding.inputs.0.name',
    ]);
  });
});
