import { spawn } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { demoModelFiles } from '@countermark/demo-model';
import { Detector } from '@countermark/detector';
import { createParams, seededRandom, WatermarkKey } from '@countermark/watermark';
import { openTokenizer } from '@countermark/watermark/tokenizer';
import { afterAll, describe, expect, it } from 'vitest';
import { endOf } from '../cli/command.ts';
import { startSamplingServer } from '../server/sampling-server.ts';
import { secretFrom } from '../support/random-key.ts';

const directory = fileURLToPath(new URL('../../examples/server', import.meta.url));

const server = await startSamplingServer();
const tokenizer = await openTokenizer(demoModelFiles().tokenizer);
const { vocabSize, fingerprint } = tokenizer;
const params = createParams({ tokenizer: { name: 'demo', vocabSize, fingerprint } });
const key = new WatermarkKey(params, secretFrom(seededRandom('examples')));
await server.store.keys.add(key, 'demo', false);
const folder = await mkdtemp(join(tmpdir(), 'countermark-example-'));
const keyFile = join(folder, 'api-key');
await writeFile(keyFile, `${server.token}\n`, { mode: 0o600 });
const env = { ...process.env, COUNTERMARK_URL: server.url, COUNTERMARK_API_KEY_FILE: keyFile };

afterAll(async () => {
  tokenizer.close();
  await rm(folder, { recursive: true, force: true });
});

async function run(command: string, name: string): Promise<string> {
  const { status, stdout, stderr } = await endOf(spawn(command, [join(directory, name)], { env }));
  expect({ status, stderr }).toEqual({ status: 0, stderr: '' });
  return stdout;
}

function log10PValue(document: string | readonly number[]): number {
  const detector = new Detector([key], { tokenizers: [tokenizer] });
  const { log10PValue } = detector.detect(document);
  detector.close();
  return log10PValue;
}

describe('examples/server', () => {
  it('complete.sh names the models and streams an answer', async () => {
    const [models, ...events] = (await run('sh', 'complete.sh')).trimEnd().split('\n').filter(Boolean);
    expect(JSON.parse(models!)).toMatchObject({ object: 'list', data: [{ id: 'demo' }] });
    expect(events.at(-1)).toBe('data: [DONE]');
    expect(events.length).toBeGreaterThan(3);
  });

  it("openai-client.js streams a text that is detected, with OpenAI's client", async () => {
    let text = '';
    // The model may end an answer early: a few are tried for one of a page.
    for (let i = 0; i < 10 && text.length < 800; i++) text = await run(process.execPath, 'openai-client.js');
    expect(log10PValue(text)).toBeLessThan(-6);
  });

  it('logits_processor.py marks what an engine in Python generates', async () => {
    const { prompt, response } = JSON.parse(await run('python3', 'logits_processor.py')) as {
      prompt: number[];
      response: number[];
    };
    expect(response).toHaveLength(120);
    expect(log10PValue([...prompt, ...response])).toBeLessThan(-6);
  });
});
