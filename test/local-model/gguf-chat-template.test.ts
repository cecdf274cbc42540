/** What a model in a GGUF file reads of a conversation, by the template in the file's own metadata. */
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { demoModelFiles } from '@countermark/demo-model';
import { ChatTemplateError, type LocalModel, openLocalModel } from '@countermark/local-model';
import { openTokenizer } from '@countermark/watermark/tokenizer';
import { afterAll, describe, expect, it } from 'vitest';

const END_ID = 4095;
const TEMPLATE = `{% for message in messages %}{% if message.role == 'system' %}{{ raise_exception('no') }}{% endif %}{{ eos_token }}{{ message.role }}
{{ message.content | trim }}{% endfor %}{% if add_generation_prompt %}{{ eos_token }}assistant
{% endif %}`;

const STRING = 8;
/** Tensors begin at a multiple of this, in bytes: what is put before them is as long as some of these. */
const ALIGNMENT = 32;
/** Magic, version, number of tensors; then the number of metadata, and these. */
const [COUNT_AT, METADATA_AT] = [16, 24];

/** Puts a template into the metadata of a GGUF file, in front of what is there. */
function withTemplate(file: Buffer, template: string): Buffer {
  const key = Buffer.from('tokenizer.chat_template');
  const fixed = 8 + key.length + 4 + 8;
  // A comment fills it up.
  const filled = -(fixed + template.length + '{##}'.length) & (ALIGNMENT - 1);
  const value = Buffer.from(`${template}{#${' '.repeat(filled)}#}`);
  const head = Buffer.from(file.subarray(0, METADATA_AT));
  head.writeBigUInt64LE(head.readBigUInt64LE(COUNT_AT) + 1n, COUNT_AT);
  const entry = Buffer.alloc(fixed);
  entry.writeBigUInt64LE(BigInt(key.length), 0);
  key.copy(entry, 8);
  entry.writeUInt32LE(STRING, 8 + key.length);
  entry.writeBigUInt64LE(BigInt(value.length), 12 + key.length);
  return Buffer.concat([head, entry, value, file.subarray(METADATA_AT)]);
}

const directory = await mkdtemp(join(tmpdir(), 'countermark-gguf-chat-'));
let model: LocalModel | undefined;
afterAll(async () => {
  await model?.close();
  await rm(directory, { recursive: true, force: true });
});

describe('LocalModel.chat of a GGUF file', () => {
  it('writes messages as the file says, with special tokens by their ids, and text that names them as text', async () => {
    const { gguf, tokenizer: name } = demoModelFiles();
    const path = join(directory, 'model.gguf');
    await writeFile(path, withTemplate(await readFile(gguf), TEMPLATE));
    model = await openLocalModel(path, {
      tokenizers: [{ name, open: () => openTokenizer(name) }],
      signal: new AbortController().signal,
    });
    const { chat, tokenizer } = model;
    const ids = (text: string): number[] => [...tokenizer.encode(text)];
    const read = chat?.promptTokens([
      { role: 'user', content: ' The state ' },
      { role: 'assistant', content: '<|endoftext|>' },
    ]);
    expect([...(read ?? [])]).toEqual([
      END_ID,
      ...ids('user\nThe state'),
      END_ID,
      ...ids('assistant\n<|endoftext|>'),
      END_ID,
      ...ids('assistant\n'),
    ]);
    expect(() => chat?.promptTokens([{ role: 'system', content: 'x' }])).toThrow(ChatTemplateError);
  });
});
