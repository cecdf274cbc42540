import { spawnSync } from 'node:child_process';
import { copyFileSync, mkdirSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';

describe('spec-rules.json', () => {
  const hasPython = spawnSync('python3', ['--version']).status === 0;
  // Some seconds of Python.
  it.skipIf(!hasPython)('is what its generator writes', () => {
    const vectors = new URL('../vectors/', import.meta.url);
    const copy = mkdtempSync(join(tmpdir(), 'countermark-vectors-'));
    try {
      mkdirSync(join(copy, 'gen'));
      for (const name of ['gen/prf.py', 'gen/scheme.py', 'gen/rules.py', 'spec-next-tokens.json']) {
        copyFileSync(new URL(name, vectors), join(copy, name));
      }
      const { status, stderr } = spawnSync('python3', [join(copy, 'gen', 'rules.py')], { encoding: 'utf8' });
      expect({ status, stderr }).toEqual({ status: 0, stderr: '' });
      const written = readFileSync(join(copy, 'spec-rules.json'), 'utf8');
      expect(written).toBe(readFileSync(new URL('spec-rules.json', vectors), 'utf8'));
    } finally {
      rmSync(copy, { recursive: true });
    }
  });
});
