import { join } from 'node:path';
import { planAnswer } from '@countermark/detector/plan';
import { createParams, WatermarkKey } from '@countermark/watermark';
import { describe, expect, it } from 'vitest';
import { run, runJson } from '../cli/command.ts';
import { makeDirectory, writeKey } from '../cli/fixtures.ts';

const directory = makeDirectory();
const scheme = { kind: 'green-list', gamma: 0.5, delta: 3 } as const;
const key = new WatermarkKey(
  createParams({
    tokenizer: { name: 'none', vocabSize: 10, fingerprint: '0'.repeat(64) },
    scheme,
    commonShare: 0.25,
    contextWidth: 3,
  }),
  new Uint8Array(32).fill(9),
);
const keyFile = writeKey(join(directory, 'vendor.key'), key);

describe('plan-tokens', () => {
  it('plans for the parameters of a key', async () => {
    const asked = { entropy: 2, share: 0.4, alpha: 1e-3, minTokens: 60 };
    const plan = planAnswer({
      ...{ scheme, ...asked, power: 0.8, commonShare: 0.25, contextWidth: 3, startBits: 20 },
    });
    expect(
      await runJson(
        `plan-tokens --key ${keyFile} --entropy 2 --share 0.4 --alpha 0.001 --power 0.8 --min-tokens 60 --start-bits 20 --format json`.split(
          ' ',
        ),
      ),
    ).toEqual({
      object: 'token-plan',
      scheme,
      commonShare: 0.25,
      contextWidth: 3,
      startBits: 20,
      ...asked,
      ...plan,
    });
    expect(plan.tokens).toBe(3 + 4 * plan.scored);
  });

  it('plans for a scheme with the defaults', async () => {
    const plan = planAnswer({
      scheme: { kind: 'tournament', depth: 30 },
      ...{ entropy: 1, commonShare: 0.5, contextWidth: 4, startBits: 16 },
    });
    const json = await runJson('plan-tokens --scheme tournament --entropy 1 --format json'.split(' '));
    expect(json).toMatchObject({
      ...plan,
      scheme: { kind: 'tournament', depth: 30 },
      tokens: 4 + 2 * plan.scored,
    });
    const { stdout } = await run('plan-tokens --scheme tournament --entropy 1'.split(' '));
    expect(stdout).toContain(`tokens  about ${4 + 2 * plan.scored} `);
    expect(stdout).toContain('start   the first 12 of them, about, are not marked\n');
    expect(stdout).toContain(`scored  ${plan.scored}\n`);
  });

  it.each([
    ['--entropy 1', 'give either --key or --scheme'],
    [`--entropy 1 --scheme gumbel --key ${keyFile}`, 'give either --key or --scheme'],
    [`--entropy 1 --key ${keyFile} --gamma 0.5`, '--gamma belongs to --scheme, not to --key'],
    ['--entropy 1 --scheme gumbel --depth 3', '--depth belongs to --scheme tournament, not gumbel'],
    ['--scheme gumbel', "required option '--entropy <nats>' not specified"],
    ['--scheme gumbel --entropy 7', '--entropy expected 0 < entropy <= 4.95 nats, got 7'],
    ['--scheme gumbel --entropy 1 --share 0', '--share expected 0 < share <= 1, got 0'],
    ['--scheme green-list --gamma 2 --entropy 1', 'gamma'],
  ])('refuses %j with one line and status 2', async (line, message) => {
    const { status, stdout, stderr } = await run(['plan-tokens', ...line.split(' ')]);
    expect({ status, stdout }).toEqual({ status: 2, stdout: '' });
    expect(stderr).toMatch(/^countermark: [^\n]+\n$/);
    expect(stderr).toContain(message);
  });

  it('refuses a key without common slots', async () => {
    const none = new WatermarkKey(
      createParams({ ...key.params, commonShare: 0 }),
      new Uint8Array(32).fill(9),
    );
    const path = writeKey(join(directory, 'account.key'), none);
    const { status, stderr } = await run(['plan-tokens', '--key', path, '--entropy', '1']);
    expect({ status, stderr }).toEqual({
      status: 2,
      stderr: 'countermark: the key marks no common slots: there is nothing to detect\n',
    });
  });
});
