// Writes zoo.key, texts.json and, as token ids, ids.json: six texts of about 160 tokens, of which numbers 1 and 4 carry the key's mark and the others are by people.
// Run once, from the checkout's root: node test/corpus/zoo/formats/make-texts.mjs
import { execFileSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { demoModelFiles } from '@countermark/demo-model';
import { humanText } from '@countermark/fixtures';
import { openTokenizer } from '@countermark/watermark/tokenizer';

const here = fileURLToPath(new URL('.', import.meta.url));
const command = fileURLToPath(new URL('../../../../packages/cli/bin/countermark.js', import.meta.url));
const run = (...args) => execFileSync(process.execPath, [command, ...args], { encoding: 'utf8' });
run('keygen', '--tokenizer', 'demo', '--out', `${here}zoo.key`, '--force');
const marked = [1, 2].map((seed) => {
  const answer = run(
    ...['generate', '--key', `${here}zoo.key`, '--model', 'demo', '--prompt', 'The state of the nation is'],
    ...['--max-tokens', '160', '--seed', String(seed), '--format', 'json'],
  );
  return JSON.parse(answer).text.trim();
});
const prose = humanText('prose').replace(/\s+/g, ' ');
// One has quotation marks, which tables have to wrap.
const people = [1, 2, 3, 4].map(
  (i) => `${i === 2 ? 'They said "peace", and ' : ''}${prose.slice(100_000 * i, 100_000 * i + 600).trim()}`,
);
const texts = [people[0], marked[0], people[1], people[2], marked[1], people[3]];
writeFileSync(`${here}texts.json`, `${JSON.stringify(texts, null, 1)}\n`);
const tokenizer = await openTokenizer(demoModelFiles().tokenizer);
writeFileSync(`${here}ids.json`, `${JSON.stringify(texts.map((text) => [...tokenizer.encode(text)]))}\n`);
