// Marks an answer of an ONNX model run by onnxruntime-node, and detects it.
import { demoModelFiles } from '@countermark/demo-model';
import { Detector } from '@countermark/detector';
import { createParams, generateTokens, Watermarker, WatermarkKey } from '@countermark/watermark';
import { loadOnnxModel } from '@countermark/watermark/integrations/onnxruntime';
import { openTokenizer } from '@countermark/watermark/tokenizer';

const { onnxModel, tokenizer: tokenizerFile } = demoModelFiles();
const tokenizer = await openTokenizer(tokenizerFile);
const { vocabSize, fingerprint } = tokenizer;
const key = new WatermarkKey(createParams({ tokenizer: { name: 'demo', vocabSize, fingerprint } }));

const model = await loadOnnxModel(onnxModel, { contextLength: 512 });
const watermarker = new Watermarker(key);
const prompt = tokenizer.encode('The state of the nation is');
const generation = watermarker.start({ prompt, accountId: 'customer-17', sampling: { topP: 0.95 } });
const answer = [];
for await (const tokenId of generateTokens(model, generation, prompt, { maxTokens: 300 }))
  answer.push(tokenId);
await model.close();

const detector = new Detector([key], { tokenizers: [tokenizer] });
const { verdict, log10PValue } = detector.detect(tokenizer.decode(answer));
console.log(`${verdict}, log10 p = ${log10PValue.toFixed(1)}`);
