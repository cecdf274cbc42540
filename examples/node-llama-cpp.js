// Marks an answer of a GGUF model run by llama.cpp, and detects it.
import { demoModelFiles } from '@countermark/demo-model';
import { Detector } from '@countermark/detector';
import { createParams, generateTokens, Watermarker, WatermarkKey } from '@countermark/watermark';
import { llamaLanguageModel } from '@countermark/watermark/integrations/node-llama-cpp';
import { openTokenizer } from '@countermark/watermark/tokenizer';
import { getLlama } from 'node-llama-cpp';

const { gguf, tokenizer: tokenizerFile } = demoModelFiles();
const tokenizer = await openTokenizer(tokenizerFile);
const { vocabSize, fingerprint } = tokenizer;
const key = new WatermarkKey(createParams({ tokenizer: { name: 'demo', vocabSize, fingerprint } }));

const llama = await getLlama({ build: 'never', skipDownload: true, progressLogs: false });
const model = await llama.loadModel({ modelPath: gguf });
const context = await model.createContext({ contextSize: 512, threads: 1 });
const watermarker = new Watermarker(key);
const prompt = tokenizer.encode('The state of the nation is');
const generation = watermarker.start({ prompt, accountId: 'customer-17', sampling: { topP: 0.95 } });
const answer = [];
const tokens = generateTokens(llamaLanguageModel(model, context), generation, prompt, { maxTokens: 300 });
for await (const tokenId of tokens) answer.push(tokenId);
await llama.dispose();

const detector = new Detector([key], { tokenizers: [tokenizer] });
const { verdict, log10PValue } = detector.detect(tokenizer.decode(answer));
console.log(`${verdict}, log10 p = ${log10PValue.toFixed(1)}`);
