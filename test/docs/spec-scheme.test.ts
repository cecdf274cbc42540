import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { derivations, tokens } from '../prf/spec-vectors.ts';
import { documentAnswers, scoreAnswers } from '../support/spec-scheme.ts';

const page = readFileSync(new URL('../../docs/spec.md', import.meta.url), 'utf8');
const section = page.slice(page.indexOf('## 6. '), page.indexOf('## 7. '));
const hex = (word: number) => word.toString(16).padStart(8, '0');

/** The lines of the worked example: what stands behind each name. */
function shownValues(): Record<string, string> {
  const [, block = ''] = /```text\n([\s\S]*?)```/.exec(section) ?? [];
  const lines = block.split('\n').filter((line) => line !== '');
  return Object.fromEntries(lines.map((line) => [line.slice(0, 19).trim(), line.slice(19)]));
}

describe('the worked example of docs/spec.md section 6', () => {
  it('names the answers it is taken from', () => {
    expect(section).toContain('These are answers 1 to 4 of `spec-scheme.json`.');
    const answers = [...scoreAnswers, ...documentAnswers].filter(({ tcId }) => tcId <= 4);
    expect(answers.map(({ tcId }) => tcId)).toEqual([1, 2, 3, 4]);
    for (const { comment } of answers) expect(comment).toMatch(/^worked example/);
  });

  it('shows what spec-scheme.json says, and nothing else', () => {
    const [gumbel, green, tournament] = [1, 2, 3].map((id) => scoreAnswers.find(({ tcId }) => tcId === id)!);
    const document = documentAnswers.find(({ tcId }) => tcId === 4)!;
    const [word] = gumbel!.words;
    const token = tokens.find(({ tcId }) => tcId === 7)!;
    expect(word).toBe(token.words[0]);
    expect([green!.words, tournament!.words, document.words[0]]).toEqual([[word], [word], word]);
    expect(document.canonicalParams).toBe(derivations[0]!.canonicalParams);
    expect(document.secret).toBe(derivations[0]!.secret);
    const bits = tournament!.weights!.map((_, layer) => (word! >>> layer) & 1);
    const counted = tournament!.weights!.filter((_, layer) => bits[layer] === 1);
    const positions = (status: string) =>
      `positions ${document.statuses.flatMap((each, i) => (each === status ? [i] : [])).join(' ')}`;
    const x = document.sum / 2 ** 20;
    const p = Math.exp(-x) * (1 + x + x ** 2 / 2 + x ** 3 / 6);

    expect(shownValues()).toEqual({
      u_0: hex(word!),
      '-ln(1 - u/2^32)': (-Math.log(1 - word! / 2 ** 32)).toFixed(10),
      gumbel: `${gumbel!.scores}`,
      'green-list': `${green!.scores}: ${hex(word!)} is not below greenLimit ${hex(green!.greenLimit!)} (gamma 0.25)`,
      tournament: `${tournament!.scores} = ${counted.join(' + ')}: weights ${tournament!.weights!.join(' ')}, bits ${bits.join(' ')} (m = ${bits.length})`,
      'token ids': document.tokenIds.join(' '),
      'without context': positions('without-context'),
      'other slot': positions('other-slot'),
      duplicate: positions('duplicate'),
      scored: positions('scored'),
      words: document.words.map(hex).join(' '),
      scores: document.scores.join(' '),
      n: `${document.words.length}`,
      S: `${document.sum}`,
      'x = S / 2^20': `${x}`,
      'log10 p': `${Number(document.log10PValue)}`,
      p: p.toFixed(10),
    });
    // Four positive terms, each rounded a few times: 1e-14 covers them.
    expect(Math.abs(Math.log10(p) / Number(document.log10PValue) - 1)).toBeLessThan(1e-14);
  });
});
