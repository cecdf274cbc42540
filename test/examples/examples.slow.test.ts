import { spawn } from 'node:child_process';
import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { endOf } from '../cli/command.ts';

const directory = fileURLToPath(new URL('../../examples', import.meta.url));
const examples = readdirSync(directory).filter((name) => name.endsWith('.js'));

describe('examples', () => {
  it('are there for every engine, for another watermark and for a stream', () => {
    expect(examples).toEqual(
      expect.arrayContaining([
        'node-llama-cpp.js',
        'onnxruntime.js',
        'transformers.js',
        'transformers-synthid.js',
        'scan-stream.js',
      ]),
    );
  });

  it.each(examples)('%s marks an answer and detects it', async (name) => {
    const { status, stdout, stderr } = await endOf(spawn(process.execPath, [join(directory, name)]));
    expect({ status, stderr }).toEqual({ status: 0, stderr: '' });
    expect(stdout).toMatch(/^(?:document 2: )?detected, log10 p = -\d+\.\d\n$/);
  });
});
