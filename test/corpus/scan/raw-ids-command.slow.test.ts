/** What the command says of raw token ids, and how a scan goes on that was planned without windows. */
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { demoModelFiles } from '@countermark/demo-model';
import { seededRandom } from '@countermark/watermark';
import { openTokenizer } from '@countermark/watermark/tokenizer';
import { beforeAll, describe, expect, it } from 'vitest';
import { run } from '../../cli/command.ts';
import { demoKey, makeDirectory, writeKey } from '../../cli/fixtures.ts';
import { randomIds } from '../../support/random-key.ts';
import { resultOf, succeed } from './runs.ts';

const directory = makeDirectory();
const keyFile = join(directory, 'vendor.key');
const file = join(directory, 'ids.bin');
let end = -1;

interface Planned {
  readonly settings: { readonly windowTokens?: number };
  readonly files: readonly {
    readonly reading: { readonly endOfText?: number; readonly pieceTokens?: number };
  }[];
}

function planOf(out: string): Planned {
  return JSON.parse(readFileSync(join(out, 'manifest.json'), 'utf8')) as Planned;
}

beforeAll(async () => {
  writeKey(keyFile, await demoKey(5));
  const tokenizer = await openTokenizer(demoModelFiles().tokenizer);
  const names = Array.from({ length: tokenizer.vocabSize }, (_, id) =>
    Buffer.from(tokenizer.tokenBytes(id)).toString(),
  );
  tokenizer.close();
  end = names.indexOf('<|endoftext|>');
  const random = seededRandom('command');
  const documents = Array.from({ length: 8 }, () => [...randomIds(random, 600, end), end]);
  writeFileSync(file, Uint16Array.from(documents.flat()));
});

describe('countermark plan of raw token ids', () => {
  it("takes the end-of-text id of the key's tokenizer, says so, and lets it be refused", async () => {
    expect(end).toBeGreaterThan(0);
    const out = join(directory, 'ended');
    const { stderr } = await succeed(['plan', '--key', keyFile, '--out', out, file]);
    expect(stderr).toContain(
      `token ids of 16 bits, id ${end}, the tokenizer's <|endoftext|>, ends a document: 8 in the first 4,808 ids (--end-of-text none if not)`,
    );
    expect(planOf(out)).toMatchObject({
      settings: { windowTokens: 1024 },
      files: [{ reading: { endOfText: end } }],
    });
    for (const [name, refusal] of [
      ['one', ['--end-of-text', 'none']],
      ['two', ['--for', '*.bin:end-of-text=none']],
    ] as const) {
      const pieces = join(directory, name);
      const said = await succeed(['plan', '--key', keyFile, '--out', pieces, ...refusal, file]);
      expect(said.stderr).toContain('no id ends a document: pieces of 1,024 ids');
      expect(planOf(pieces).files[0]?.reading).toMatchObject({ pieceTokens: 1024 });
    }
    const wrong = await run([
      'plan',
      '--key',
      keyFile,
      '--out',
      join(directory, 'no'),
      '--end-of-text',
      'nil',
      file,
    ]);
    expect(wrong.status).toBe(2);
    expect(wrong.stderr).toContain('--end-of-text');
  });

  it('goes on with a scan that was planned without windows, and refuses to add them', async () => {
    const out = join(directory, 'before');
    const args = ['scan', '--key', keyFile, '--out', out, '--threads', '1'];
    await succeed([...args, '--windows', '0', file]);
    expect(planOf(out).settings).not.toHaveProperty('windowTokens');
    const before = resultOf(out);
    const { stderr } = await succeed([...args, file]);
    expect(stderr).toContain('1 of 1 shard is done already');
    expect(resultOf(out)).toEqual(before);
    const other = await run([...args, '--windows', '500', file]);
    expect(other).toMatchObject({
      status: 2,
      stderr: expect.stringContaining('other files, keys or settings'),
    });
  });
});
