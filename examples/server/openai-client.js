// Streams an answer of the server's own model, marked, with OpenAI's client: only the address differs.
import { readFile } from 'node:fs/promises';
import OpenAI from 'openai';

const {
  COUNTERMARK_URL = 'http://127.0.0.1:8080',
  COUNTERMARK_API_KEY_FILE = 'countermark-data/admin-api-key',
} = process.env;

const client = new OpenAI({
  baseURL: `${COUNTERMARK_URL}/v1`,
  apiKey: (await readFile(COUNTERMARK_API_KEY_FILE, 'utf8')).trim(),
});
const stream = await client.chat.completions.create({
  model: 'demo',
  messages: [{ role: 'user', content: 'The state of the nation is' }],
  max_tokens: 400,
  stream: true,
});
for await (const { choices } of stream) process.stdout.write(choices[0]?.delta.content ?? '');
