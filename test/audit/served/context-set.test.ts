import { ContextCollector, ContextSet, ContextSetError } from '@countermark/audit';
import { describe, expect, it } from 'vitest';
import { keyFrom } from '../../support/random-key.ts';
import { type Answer, collected, key, merged, randomAnswers, saltsOf, VOCABULARY } from './answers.ts';

function groupsIn(file: Uint8Array): (string | null | undefined)[] {
  const set = ContextSet.parse([file]);
  return saltsOf(randomAnswers('looked up', 10, 50)).common.map(([low, high]) => {
    const group = set.groupOf(low, high);
    if (group === 0) return null;
    return group === undefined ? undefined : set.facts.groups?.[group - 1];
  });
}

describe('a set of served contexts', () => {
  it('has every common context of the answers, the last one too, and no other', () => {
    const answers = randomAnswers('answers', 100, 60);
    const set = ContextSet.parse([collected(answers)]);
    const { common, others } = saltsOf(answers);
    expect(common.length).toBeGreaterThan(2000);
    expect(common.filter(([low, high]) => set.groupOf(low, high) !== 0)).toEqual([]);
    expect(others.filter(([low, high]) => set.groupOf(low, high) !== undefined)).toEqual([]);
    const elsewhere = saltsOf(randomAnswers('elsewhere', 100, 60)).common;
    const known = new Set(common.map(([low, high]) => `${low} ${high}`));
    const fresh = elsewhere.filter(([low, high]) => !known.has(`${low} ${high}`));
    // 3,000 look-ups with a probability of 3,000 / 2^40 each.
    expect(fresh.filter(([low, high]) => set.groupOf(low, high) !== undefined)).toEqual([]);
    expect(set.facts).toEqual({
      keyId: key.keyId,
      params: key.fingerprint,
      bits: 40,
      contexts: known.size,
      answers: 100,
      texts: 0,
      tokens: 6000,
      failed: 0,
    });
  });

  it('has the same bytes in whatever order and parts answers come, with groups and without', () => {
    for (const groups of [[], ['a', 'b', 'c', 'Zoe']]) {
      // Short ids, so that groups share contexts.
      const answers = randomAnswers('parts', 300, 40, groups).map(({ tokenIds, ...rest }) => ({
        ...rest,
        tokenIds: tokenIds.map((id) => id % 40),
      }));
      const byGroup = groups.length > 0;
      const whole = collected(answers, { byGroup });
      expect(collected([...answers].reverse(), { byGroup })).toEqual(whole);
      const parts = [answers.slice(200), [], answers.slice(0, 50), answers.slice(50, 200)];
      expect(merged(parts.map((part) => collected(part, { byGroup })))).toEqual(whole);
      // Any tree of merges.
      const [a, b, c, d] = parts.map((part) => collected(part, { byGroup }));
      expect(merged([merged([d!, a!]), merged([c!, b!])])).toEqual(whole);
    }
  });

  it('names the only group that a context was served to, and none where it was served to two or to nobody known', () => {
    const looked = randomAnswers('looked up', 10, 50);
    const of = (group: string | undefined): Answer[] =>
      looked.map(({ tokenIds }) => (group === undefined ? { tokenIds } : { tokenIds, group }));
    const other = randomAnswers('other', 20, 50).map((answer) => ({ ...answer, group: 'b' }));
    const only = collected([...of('a'), ...other], { byGroup: true });
    expect(new Set(groupsIn(only))).toEqual(new Set(['a']));
    expect(new Set(groupsIn(collected([...of('a'), ...of('a')], { byGroup: true })))).toEqual(new Set(['a']));
    expect(new Set(groupsIn(collected([...of('a'), ...of('b')], { byGroup: true })))).toEqual(
      new Set([null]),
    );
    expect(new Set(groupsIn(collected([...of('a'), ...of(undefined)], { byGroup: true })))).toEqual(
      new Set([null]),
    );
    // A third one does not make it somebody's again.
    const shared = collected([...of('a'), ...of('b')], { byGroup: true });
    expect(new Set(groupsIn(merged([collected(of('c'), { byGroup: true }), shared])))).toEqual(
      new Set([null]),
    );
    expect(new Set(groupsIn(collected(other, { byGroup: true })))).toEqual(new Set([undefined]));
  });

  it('takes as many bits a context as log2 of the error, and two more', () => {
    const answers = randomAnswers('size', 400, 500);
    const file = collected(answers);
    const set = ContextSet.parse([file]);
    const perContext = (8 * file.length) / set.facts.contexts;
    const least = -Math.log2(set.falsePositiveRate);
    expect(perContext).toBeGreaterThan(least);
    expect(perContext).toBeLessThan(least + 2.5);
  });

  it('lies in chunks as well as in one piece', () => {
    const file = collected(randomAnswers('chunks', 30, 100, ['x', 'y']), { byGroup: true });
    const chunks = Array.from({ length: Math.ceil(file.length / 1000) }, (_, i) =>
      file.subarray(1000 * i, 1000 * (i + 1)),
    );
    const whole = ContextSet.parse([file]);
    const pieces = ContextSet.parse(chunks);
    expect(pieces.sha256).toBe(whole.sha256);
    expect([...pieces.blocks()].length).toBe([...whole.blocks()].length);
    for (const [low, high] of saltsOf(randomAnswers('chunks', 30, 100, ['x', 'y'])).common)
      expect(pieces.groupOf(low, high)).toBe(whole.groupOf(low, high));
  });

  it('refuses a file of which any byte changed, and one that was cut', () => {
    const file = collected(randomAnswers('damaged', 5, 50));
    const codeOf = (bytes: Uint8Array): string | undefined => {
      try {
        ContextSet.parse([bytes]);
        return undefined;
      } catch (error) {
        if (error instanceof ContextSetError) return error.code;
        throw error;
      }
    };
    expect(codeOf(file)).toBeUndefined();
    for (let at = 0; at < file.length; at += 7) {
      const changed = file.slice();
      changed[at]! ^= 1 << (at & 7);
      expect(codeOf(changed), `byte ${at}`).toBe('set-damaged');
    }
    for (const length of [0, 10, 60, file.length - 1])
      expect(codeOf(file.slice(0, length))).toBe('set-damaged');
  });

  it('does not merge sets of several keys, bits or kinds', () => {
    const answers = randomAnswers('unfit', 5, 50);
    const other = keyFrom('other', VOCABULARY, { contextWidth: 2 });
    const file = collected(answers);
    for (const unfit of [
      collected(answers, { of: other }),
      collected(answers, { bits: 36 }),
      collected(answers, { byGroup: true }),
    ]) {
      expect(() => merged([file, unfit])).toThrow(ContextSetError);
    }
  });

  it('says when there are more groups than its bits leave room for', () => {
    const collector = new ContextCollector(key, { bits: 48, byGroup: true });
    const add = (group: string): void =>
      collector.add({ segments: [Uint32Array.of(1, 2, 3)], isText: false, group });
    for (let i = 0; i < 31; i++) add(`group ${i}`);
    expect(() => add('one more')).toThrow('more than 31 groups');
    collector.close();
    for (const bits of [31, 49, 40.5])
      expect(() => new ContextCollector(key, { bits })).toThrow('"bits" expected');
  });
});
