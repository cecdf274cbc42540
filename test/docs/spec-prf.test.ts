import { readFileSync } from 'node:fs';
import { parseParams } from '@countermark/watermark/scheme';
import { describe, expect, it } from 'vitest';
import { accountCodes, derivations, headers, tokens } from '../prf/spec-vectors.ts';

const page = readFileSync(new URL('../../docs/spec.md', import.meta.url), 'utf8');
const hex = (word: number) => word.toString(16).padStart(8, '0');

/** The lines of the worked example in section 3: what stands under each name, continuation lines joined. */
function shownValues(): Record<string, string> {
  const section = page.slice(page.indexOf('## 3. '), page.indexOf('## 4. '));
  const [, block = ''] = /```text\n([\s\S]*?)```/.exec(section) ?? [];
  const values: Record<string, string> = {};
  let name = '';
  for (const line of block.split('\n').filter((text) => text !== '')) {
    const [label, value] = [line.slice(0, 19).trim(), line.slice(19)];
    if (label !== '') name = label;
    values[name] = label === '' ? `${values[name]} ${value}` : value;
  }
  return values;
}

/** The answer that the page names by number. */
function answer<T extends { tcId: number }>(tests: readonly T[], tcId: number): T {
  const found = tests.find((test) => test.tcId === tcId);
  if (found === undefined) throw new Error(`spec-prf.json has no such answer ${tcId}`);
  return found;
}

describe('the worked example of docs/spec.md section 3', () => {
  it('names the answers it is taken from', () => {
    expect(page).toContain('These are answers 1, 2, 5 and 7 of `spec-prf.json`.');
  });

  it('shows what spec-prf.json says, and nothing else', () => {
    const derivation = answer(derivations, 1);
    const code = answer(accountCodes, 2);
    const header = answer(headers, 5);
    const token = answer(tokens, 7);
    const { commonShare, codeLength, contextWidth } = parseParams(JSON.parse(derivation.canonicalParams));
    const commonLimit = Math.floor(commonShare * 2 ** 32);
    expect(code.accountId).toBe('account-1');
    expect(header.context).toEqual([11, 22, 33, 44]);
    expect(contextWidth).toBe(header.context.length);
    expect(token).toMatchObject({ context: header.context, key: derivation.schemeKey, tokenId: 55 });
    expect(header.key).toBe(derivation.schemeKey);
    expect(code.accountKey).toBe(derivation.accountKey);
    expect(header.slot).toBeLessThan(commonLimit);

    expect(shownValues()).toEqual({
      'JCS(params)': derivation.canonicalParams,
      'SHA-256': derivation.paramsHash,
      K: derivation.secret,
      M: `${derivation.material.slice(0, 64)} ${derivation.material.slice(64)}`,
      k: derivation.schemeKey,
      "k'": derivation.accountKey,
      keyId: derivation.keyId,
      commitment: derivation.commitment,
      'code bytes': code.outputBytes.slice(0, 32),
      'code symbols': code.symbols.slice(0, 32).join(' '),
      context: header.context.join(' '),
      c: header.contextBytes,
      'block length': `${header.blockLength}`,
      flags: `${header.flags}`,
      'block 0': header.words.map(hex).join(' '),
      slot: `${hex(header.slot)}, below commonLimit ${hex(commonLimit)}: common`,
      'code position': `${hex(header.codePosition)}, mod ${codeLength}: ${header.codePosition % codeLength}`,
      salt: header.salt,
      [`block ${1 + token.tokenId}`]: token.words.map(hex).join(' '),
      u_0: `${hex(token.words[0]!)}, divided by 2^32: ${token.words[0]! / 2 ** 32}`,
      u_15: hex(token.words[15]!),
    });
  });
});
