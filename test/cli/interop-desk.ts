/** The command with keys of other watermarks: a directory of its own, and a watch on what it prints. */
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Detection } from '@countermark/detector';
import { afterEach, expect } from 'vitest';
import { type Ended, runWarm } from './command.ts';
import { makeDirectory } from './fixtures.ts';

/** What every secret of these tests holds, and nothing else does: digits that may stand nowhere in what is printed. */
export const MARKER = '773450916';

/** `SynthIDTextWatermarkingConfig` of transformers. */
export const SYNTH_ID = {
  ngram_len: 5,
  keys: Array.from({ length: 30 }, (_, layer) => Number(`${MARKER}${101 + 7 * layer}`)),
};

/** vLLM's `--watermark-config`. */
export const VLLM = { key: `1${MARKER}908172635`, context_width: 4 };

/** `WatermarkingConfig` of transformers. */
export const LEFT_HASH = {
  greenlist_ratio: 0.25,
  bias: 2.5,
  hashing_key: Number(`${MARKER}331`),
  context_width: 1,
};

/** A key of Kuditipudi et al. */
export const EXP_EDIT = { method: 'gumbel', key_len: 64, block: 40, seed: Number(`${MARKER}1211`) };

let directory = '';
const ended: Ended[] = [];

/** Opens the desk for a test file: a directory, and the watch on what every command of every test prints. */
export function openDesk(): void {
  directory = makeDirectory();
  afterEach(() => {
    for (const { stdout, stderr } of ended.splice(0)) expect(stdout + stderr).not.toContain(MARKER);
  });
}

/** Returns the path of a file in the directory that commands run in. */
export function pathOf(name: string): string {
  return join(directory, name);
}

/** Writes a text as it is, and anything else as JSON; returns its name. */
export function write(name: string, contents: unknown): string {
  writeFileSync(pathOf(name), typeof contents === 'string' ? contents : JSON.stringify(contents));
  return name;
}

/** Reads a file. */
export function read(name: string): string {
  return readFileSync(pathOf(name), 'utf8');
}

/** Runs the command in the directory, in a process that is warm. */
export async function command(...args: string[]): Promise<Ended> {
  const end = await runWarm(args, directory);
  ended.push(end);
  return end;
}

/** Runs it with `--format json`. */
export async function json(...args: string[]): Promise<unknown> {
  const { status, stdout, stderr } = await command(...args, '--format', 'json');
  if (status !== 0) throw new Error(`ended with ${status}: ${stderr}`);
  return JSON.parse(stdout);
}

/** Runs `detect --format json` on one document. */
export async function detect(...args: string[]): Promise<Detection> {
  return (await json('detect', ...args)) as Detection;
}

/** Makes a key file of a configuration for the bundled model's tokenizer, and returns its name. */
export async function importKey(name: string, config: object, ...args: string[]): Promise<string> {
  write(`${name}.json`, config);
  const { status, stderr } = await command(
    ...['params', 'import', `${name}.json`, '--tokenizer', 'demo', '--out', `${name}.key`, ...args],
  );
  expect({ status, stderr }).toEqual({ status: 0, stderr: `wrote ${name}.key; keep it secret\n` });
  return `${name}.key`;
}

/** Returns the one line that the command refuses with. */
export async function refusal(...args: string[]): Promise<string> {
  const { status, stdout, stderr } = await command(...args);
  expect({ status, stdout }).toEqual({ status: 2, stdout: '' });
  expect(stderr).toMatch(/^countermark: [^\n]+\n$/);
  return stderr.slice('countermark: '.length, -1);
}
