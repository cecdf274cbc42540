import { appendFileSync, chmodSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { seededRandom } from '@countermark/watermark';
import { afterEach, describe, expect, it } from 'vitest';
import { run, runJson, start } from '../../cli/command.ts';
import { demoKey, makeDirectory, writeKey } from '../../cli/fixtures.ts';
import {
  type Asked,
  chatAnswer,
  type Reply,
  type ScriptedEndpoint,
  startEndpoint,
} from '../../support/scripted-endpoint.ts';
import { countOf, linesOf } from './audited.ts';

const PROMPTS = 24;
const MOST_KILLS = 10;
const SECRET = 'sk-command-0123456789abcdef';
const WORDS =
  'the king had a daughter who lived in a house by the sea and every day she went to see what it had left'.split(
    ' ',
  );

const directory = makeDirectory();
const path = (name: string): string => join(directory, name);
const write = (name: string, content: string): string => {
  writeFileSync(path(name), content, { mode: 0o600 });
  return path(name);
};

const key = writeKey(path('vendor.key'), await demoKey(0x2a));
const prompts = write(
  'prompts.jsonl',
  Array.from(
    { length: PROMPTS },
    (_, i) => `${JSON.stringify({ prompt: `Tell story number ${i}.` })}\n`,
  ).join(''),
);
const secret = write('endpoint.token', `${SECRET}\n`);

const started: ScriptedEndpoint[] = [];
afterEach(async () => {
  for (const endpoint of started.splice(0)) await endpoint.close();
});

async function scripted(script: (asked: Asked) => Reply | Promise<Reply>): Promise<ScriptedEndpoint> {
  const endpoint = await startEndpoint(script);
  started.push(endpoint);
  return endpoint;
}

/** A story that depends on the prompt alone. */
const story = ({ prompt }: Asked): Reply => {
  const random = seededRandom(prompt);
  const answer = Array.from({ length: 40 }, () => WORDS[Math.floor(WORDS.length * random())]).join(' ');
  return { body: chatAnswer(answer) };
};

let journals = 0;
const newJournal = (): string => path(`${++journals}.journal`);

function argsOf({ url }: ScriptedEndpoint, ...more: readonly string[]): string[] {
  const asked = ['--endpoint', url, '--model', 'suspect', '--prompts', prompts];
  return ['audit', '--key', key, '--decoys', '2', '--min-contexts', '50', ...asked, ...more];
}

describe('audit --endpoint', () => {
  it('asks, tells what became of it, and keeps the API key to itself', async () => {
    const endpoint = await scripted(story);
    const journal = newJournal();
    const { status, stdout, stderr } = await run(
      argsOf(endpoint, '--journal', journal, '--api-key-file', secret),
    );
    expect({ status, stderr }).toEqual({ status: 0, stderr: '' });
    expect(stdout).toMatch(/^no trace found at this level\n/);
    expect(stdout).toContain(`  endpoint suspect at ${endpoint.url}: all was answered\n`);
    expect(stdout).toContain(`  answers  ${PROMPTS}, with 0 refusals and 0 cut`);
    expect(stdout).toContain(`  spent    ${PROMPTS} requests, 240 tokens read and 480 written\n`);
    expect(stdout).toMatch(/ {2}terms {4}[0-9a-f]{64}, fixed beforehand\n/);
    expect(endpoint.asked.every(({ authorization }) => authorization === `Bearer ${SECRET}`)).toBe(true);
    expect(stdout + readFileSync(journal, 'utf8')).not.toContain(SECRET);
    // The journal is records like any others.
    const online = (await runJson(argsOf(endpoint, '--journal', journal, '--format', 'json'))) as Record<
      string,
      unknown
    >;
    const args = [
      'audit',
      '--key',
      key,
      '--decoys',
      '2',
      '--min-contexts',
      '50',
      '--format',
      'json',
      journal,
    ];
    const offline = (await runJson(args)) as Record<string, unknown>;
    const same = ['verdict', 'basis', 'log10PValue', 'log10EValue', 'counts', 'statistic', 'strength'];
    for (const name of same) expect(offline[name]).toEqual(online[name]);
    expect(endpoint.asked).toHaveLength(PROMPTS);
  });

  it('is the audit that was planned, or is refused', async () => {
    const endpoint = await scripted(story);
    const plan = path('plan.json');
    const [audit = '', ...options] = argsOf(endpoint);
    expect(await run([audit, 'plan', ...options, '--out', plan])).toMatchObject({ status: 0, stdout: '' });
    expect(endpoint.asked).toEqual([]);
    const { digest } = JSON.parse(readFileSync(plan, 'utf8'));
    const journal = ['--journal', newJournal(), '--plan', plan];
    expect(await runJson(argsOf(endpoint, ...journal, '--format', 'json'))).toMatchObject({ terms: digest });
    const other = await run(argsOf(endpoint, ...journal, '--alpha', '0.01', '--max-tokens', '10'));
    expect(other).toMatchObject({ status: 4, stdout: '' });
    expect(other.stderr).toContain('the audit is not the one that was planned');
    expect(other.stderr).toContain('alpha: 0.000001 was fixed, and it is 0.01');
    expect(other.stderr).toContain('endpoint.maxTokens: 256 was fixed, and it is 10');
    // Of files, what was collected is not known beforehand; the rest is.
    const filePlan = path('files.json');
    const files = ['--key', key, '--alpha', '0.001'];
    await run(['audit', 'plan', ...files, '--out', filePlan]);
    const answers = write('planned.jsonl', '{"answer": "the king had a daughter who lived in a house"}\n');
    expect((await run(['audit', ...files, '--plan', filePlan, answers])).status).toBe(0);
    expect((await run(['audit', ...files, '--decoys', '0', '--plan', filePlan, answers])).status).toBe(4);
  });

  it('survives kill -9 at any moment: nothing is paid twice, counted twice, or beyond the budget', async () => {
    const random = seededRandom('kill');
    // Each process that is killed has at most three requests in flight, which count as spent.
    const most = PROMPTS + 3 * MOST_KILLS;
    const journal = newJournal();
    let heard: () => void = () => undefined;
    const endpoint = await scripted((asked) => {
      heard();
      return { ...story(asked), afterMs: 5 + 20 * random() };
    });
    const args = argsOf(
      endpoint,
      '--journal',
      journal,
      '--max-requests',
      String(most),
      '--format',
      'json',
      '--concurrency',
      '3',
    );
    let result: string | undefined;
    let kills = 0;
    while (result === undefined) {
      const before = endpoint.asked.length;
      const written = kills === 0 ? new Set<string>() : answeredIn(journal);
      const { child, ended } = start(args);
      // After a few more requests, a random moment later.
      const after = before + 1 + Math.floor(5 * random());
      const reached = new Promise<void>((resolve) => {
        heard = () => endpoint.asked.length >= after && resolve();
      });
      if (kills < MOST_KILLS) {
        await Promise.race([reached, ended]);
        await sleep(25 * random());
        child.kill('SIGKILL');
      }
      const { status, stdout, stderr } = await ended;
      if (status === 0) result = stdout;
      else expect({ status, stderr }).toEqual({ status: 137, stderr: '' });
      kills++;
      // What was written before is not asked for again.
      const again = endpoint.asked.slice(before).filter(({ prompt }) => written.has(prompt));
      expect(again).toEqual([]);
    }
    // Some fifteen requests at most are heard of before the last of so many kills.
    expect(kills).toBeGreaterThan(2);
    expect(endpoint.asked.length).toBeLessThanOrEqual(most);
    const answers = linesOf(journal).filter(({ kind }) => kind === 'answer');
    expect(answers.map(({ answer }) => answer).sort((a, b) => Number(a) - Number(b))).toEqual(
      Array.from({ length: PROMPTS }, (_, i) => i),
    );
    // Each request that went out was written down before.
    expect(countOf(journal, 'ask')).toBeGreaterThanOrEqual(endpoint.asked.length);
    const found = JSON.parse(result) as Record<string, unknown>;
    expect(found['endpoint']).toMatchObject({
      answers: PROMPTS,
      spent: { requests: countOf(journal, 'ask') },
    });
    // The same as without any interruption.
    const calm = await scripted(story);
    const other = (await runJson(
      argsOf(calm, '--journal', newJournal(), '--max-requests', String(most), '--format', 'json'),
    )) as Record<string, unknown>;
    for (const name of ['log10PValue', 'log10EValue', 'counts']) expect(found[name]).toEqual(other[name]);
  });

  it('stops at Ctrl-C after what is in flight, and goes on; another process cannot join', async () => {
    const journal = newJournal();
    let letGo: () => void = () => undefined;
    const held = new Promise<void>((resolve) => {
      letGo = resolve;
    });
    let heard: () => void = () => undefined;
    const second = new Promise<void>((resolve) => {
      heard = resolve;
    });
    const endpoint = await scripted(async (asked) => {
      if (asked.number === 1) {
        heard();
        await held;
      }
      return story(asked);
    });
    const args = argsOf(endpoint, '--journal', journal, '--concurrency', '1');
    const { child, ended } = start(args);
    await second;
    const other = await run(args);
    expect(other.status).toBe(2);
    expect(other.stderr).toContain(`${journal}: in use by process ${child.pid}`);
    child.kill('SIGINT');
    await sleep(200);
    letGo();
    expect((await ended).status).toBe(130);
    // What was in flight is paid, and was written.
    expect(countOf(journal, 'answer')).toBe(endpoint.asked.length);
    expect((await run(args)).status).toBe(0);
    expect(endpoint.asked).toHaveLength(PROMPTS);
  });

  it('says what is wrong, with the status that scripts see', async () => {
    const none = await scripted(() => ({ status: 404, body: { error: { code: 'model_not_found' } } }));
    const wrong = await run(argsOf(none, '--journal', newJournal()));
    expect(wrong).toMatchObject({ status: 2, stdout: '' });
    expect(wrong.stderr).toContain('the endpoint answers 404 (model_not_found)');
    const endpoint = await scripted(story);
    const refusals: [string[], string][] = [
      [argsOf(endpoint), '--endpoint needs --journal'],
      [argsOf(endpoint, '--journal', newJournal(), '--max-cost', '1'), '--max-cost needs --price-input'],
      [argsOf(endpoint, '--journal', newJournal(), '--logprobs', '21'), '--logprobs takes at most 20'],
      [
        argsOf(endpoint, '--journal', newJournal(), '--access', 'reading'),
        '--access reading needs --logprobs of at least 4',
      ],
      [
        argsOf(endpoint, '--journal', newJournal(), '--api-key-env', 'COUNTERMARK_NO_SUCH'),
        'COUNTERMARK_NO_SUCH: has no API key',
      ],
      [argsOf(endpoint, '--journal', newJournal(), '--', prompts), 'give either'],
      [['audit', '--key', key, '--endpoint', endpoint.url], '--endpoint needs --model'],
      [
        [
          'audit',
          '--key',
          key,
          '--endpoint',
          'http://u:p@x/v1',
          '--model',
          'm',
          '--prompts',
          prompts,
          '--journal',
          'j',
        ],
        'without a user or password',
      ],
      [['audit', '--key', key], "missing required argument 'file'"],
      [['audit', prompts], "required option '--key <file>' not specified"],
    ];
    for (const [args, message] of refusals) {
      const { status, stderr } = await run(args);
      expect({ status, stderr }).toEqual({ status: 2, stderr: expect.stringContaining(message) });
      expect(stderr).not.toContain('u:p');
    }
    const open = write('open.token', SECRET);
    chmodSync(open, 0o644);
    const everybody = await run(argsOf(endpoint, '--journal', newJournal(), '--api-key-file', open));
    expect(everybody.stderr).toContain('everybody may read it');
    const fromEnv = await run(
      argsOf(endpoint, '--journal', newJournal(), '--api-key-env', 'SUSPECT_KEY', '--max-requests', '1'),
      {
        env: { SUSPECT_KEY: SECRET },
      },
    );
    expect(fromEnv.stdout).toContain('the budget was spent');
    expect(endpoint.asked.map(({ authorization }) => authorization)).toEqual([`Bearer ${SECRET}`]);
    const dry = await scripted((asked) => ({ body: chatAnswer(`answer to ${asked.prompt}`) }));
    const lists = await run(argsOf(dry, '--journal', newJournal(), '--logprobs', '5'));
    expect(lists.stderr).toContain('gives no log-probabilities');
    expect(dry.asked).toHaveLength(1);
  });
});

describe('the files of an audit', () => {
  const record = `${JSON.stringify({ prompt: 'Once', answer: `${WORDS.join(' ')}.` })}\n`;

  it('may be a pipe, which is read once', async () => {
    const file = write('records.jsonl', record);
    const args = ['audit', '--key', key, '--decoys', '2', '--format', 'json'];
    const read = JSON.parse((await run([...args, file])).stdout);
    const piped = JSON.parse((await run([...args, '-'], { input: record })).stdout);
    expect(piped.finding.inputs[0].name).toBe('standard input');
    expect({ ...piped, finding: null }).toEqual({ ...read, finding: null });
  });

  it('must not change while they are read', async () => {
    const file = write('growing.jsonl', record);
    const timer = setInterval(() => appendFileSync(file, record), 5);
    try {
      const { status, stderr } = await run(['audit', '--key', key, '--decoys', '0', file]);
      expect({ status, stderr }).toEqual({
        status: 4,
        stderr: expect.stringContaining('it was changed while it was read'),
      });
    } finally {
      clearInterval(timer);
    }
  });
});

/** Prompts with a written answer. */
function answeredIn(journal: string): Set<string> {
  const whole = readFileSync(journal, 'utf8').split('\n').slice(0, -1);
  return new Set(
    whole
      .map((line) => JSON.parse(line))
      .filter(({ kind }) => kind === 'answer')
      .map(({ record: { before } }) => String(before[0])),
  );
}
