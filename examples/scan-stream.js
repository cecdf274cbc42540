// Scans documents as they pass, one after the other, and hands on those that are marked.
import { scanDocuments } from '@countermark/corpus';
import { demoModelFiles } from '@countermark/demo-model';
import { createParams, generateTokens, Watermarker, WatermarkKey } from '@countermark/watermark';
import { loadOnnxModel } from '@countermark/watermark/integrations/onnxruntime';
import { openTokenizer } from '@countermark/watermark/tokenizer';

const { onnxModel, tokenizer: tokenizerFile } = demoModelFiles();
const tokenizer = await openTokenizer(tokenizerFile);
const { vocabSize, fingerprint } = tokenizer;
const key = new WatermarkKey(createParams({ tokenizer: { name: 'demo', vocabSize, fingerprint } }));

// Yours may come from a database, a queue or a crawler: any async iterable of texts or token ids.
async function* documents() {
  yield 'A text that nobody marked.';
  const model = await loadOnnxModel(onnxModel, { contextLength: 512 });
  const prompt = tokenizer.encode('The state of the nation is');
  const generation = new Watermarker(key).start({ prompt, sampling: { topP: 0.95 } });
  const answer = [];
  for await (const tokenId of generateTokens(model, generation, prompt, { maxTokens: 300 }))
    answer.push(tokenId);
  await model.close();
  yield tokenizer.decode(answer);
}

// Whoever takes the results sets the pace: nothing is read ahead. Each p-value is one document's own.
async function* marked(evidence) {
  let number = 0;
  for await (const { conclusive, log10PValue } of evidence) {
    number++;
    if (conclusive && log10PValue <= -6) yield { number, log10PValue };
  }
}

const evidence = scanDocuments(documents(), [key], { tokenizers: [tokenizer] });
for await (const { number, log10PValue } of marked(evidence)) {
  console.log(`document ${number}: detected, log10 p = ${log10PValue.toFixed(1)}`);
}
