/** Files that are broken in one way each. */
import { cpSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { demoModelDirectory, demoModelFiles, type TokenizerFile, writeGguf } from '@countermark/demo-model';
import { formatKeyFile, type WatermarkKey } from '@countermark/watermark';

/** Writes all of them into `directory`, by the names that the table of bad-input.test.ts uses. */
export function writeBrokenFiles(directory: string, key: WatermarkKey): void {
  const write = (name: string, contents: string | Uint8Array): void =>
    writeFileSync(join(directory, name), contents);
  writeKeys(write, key);
  write('text.txt', 'A text that can be read.');
  write('good.json', '[1, 2, 3]');
  // Ten bytes that are text, then one that starts nothing; and a sequence that the end of the file cuts.
  write('latin1.txt', Buffer.from('The senti\u00e9e stood.', 'latin1'));
  write('report.pdf', Buffer.from('%PDF-1.4\n%\u00e2\u00e3\u00cf\u00d3\n', 'latin1'));
  write('cut.txt', Buffer.from('Caf\u00e9').subarray(0, 4));
  write('negative.json', '[5, -1]');
  write('fraction.json', '[5, 1.5]');
  write('huge.json', '[5, 4294967301]');
  write('unsafe.json', '[5, 1e300]');
  write('vocabulary.json', `[5, ${key.params.tokenizer.vocabSize}]`);
  write('words.json', '["five", 5]');
  write('object.json', '{"tokens": [1, 2]}');
  write('pretty.json', '[\n  1,\n  -2\n]\n');
  write('broken.jsonl', '[1, 2]\n[3, 4\n[5]\n');
  write('wrong.jsonl', '[1, 2]\n{"tokenIds": [-4]}\n');
  write('range.jsonl', `[1, 2]\n\n[${key.params.tokenizer.vocabSize}]\n`);
  write('empty.json', '');
  write('blank.jsonl', '\n \n');
  mkdirSync(join(directory, 'folder'));
  writeModels(directory, write);
}

function writeKeys(write: (name: string, contents: string | Uint8Array) => void, key: WatermarkKey): void {
  const text = formatKeyFile(key);
  const file = JSON.parse(text);
  const json = (value: object): string => JSON.stringify({ ...file, ...value });
  const other = `${'A'.repeat(42)}E`;
  write('good.key', text);
  write('truncated.key', text.slice(0, -20));
  write('cut-secret.key', json({ secret: file.secret.slice(0, 20) }));
  write('empty.key', '');
  write('foreign.key', '-----BEGIN PRIVATE KEY-----\nMC4CAQAwBQYDK2VwBCIEIA\n-----END PRIVATE KEY-----\n');
  write('json.key', '{"type": "service-account", "version": 1}');
  write('public.key', JSON.stringify(key));
  write('other-secret.key', json({ secret: other }));
  write('other-id.key', json({ keyId: '0'.repeat(32) }));
  write('other-params.key', json({ params: { ...file.params, contextWidth: 5 } }));
  write('field.key', json({ comment: 'mine' }));
  write('newer.key', json({ version: 2 }));
  write('newer-params.key', json({ params: { ...file.params, version: 2, hash: 'sha3' } }));
  write('binary.key', Uint8Array.of(0x7b, 0xff, 0xfe));
}

function writeModels(directory: string, write: (name: string, contents: string | Uint8Array) => void): void {
  const { gguf, onnxDirectory, tokenizer } = demoModelFiles();
  const bytes = readFileSync(gguf);
  write('model.bin', 'not a model');
  write('foreign.gguf', 'not a model');
  write('truncated.gguf', bytes.subarray(0, bytes.length / 2));
  write('swapped.gguf', swappedVocabulary(tokenizer));
  for (const name of ['no-graph', 'bad-graph', 'no-config', 'bad-config', 'bad-tokenizer']) {
    cpSync(onnxDirectory, join(directory, name), {
      recursive: true,
      filter: (path) =>
        !(name === 'no-graph' && path.endsWith('.onnx')) &&
        !(name === 'no-config' && path.endsWith('/config.json')),
    });
  }
  write('bad-graph/onnx/model.onnx', 'not a graph');
  write('bad-config/config.json', '{"max_position_embeddings": "many", "eos_token_id": 1.5}');
  write('bad-tokenizer/tokenizer.json', '{');
}

// The model with a vocabulary in which two letters have changed places.
function swappedVocabulary(tokenizerPath: string): Uint8Array {
  const file = JSON.parse(readFileSync(tokenizerPath, 'utf8')) as TokenizerFile;
  const { q, x } = file.model.vocab;
  if (q === undefined || x === undefined) throw new Error('the vocabulary lacks a letter');
  const vocab = { ...file.model.vocab, q: x, x: q };
  const model = demoModelDirectory();
  return writeGguf(
    readFileSync(join(model, 'model.safetensors')),
    JSON.parse(readFileSync(join(model, 'config.json'), 'utf8')),
    { ...file, model: { ...file.model, vocab } },
  );
}
