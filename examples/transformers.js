// Marks an answer of a model run by transformers.js, and detects it.
import { basename, dirname } from 'node:path';
import { demoModelFiles } from '@countermark/demo-model';
import { Detector } from '@countermark/detector';
import { createParams, Watermarker, WatermarkKey } from '@countermark/watermark';
import { WatermarkLogitsProcessor } from '@countermark/watermark/integrations/transformers';
import { openTokenizer } from '@countermark/watermark/tokenizer';
import { AutoModelForCausalLM, AutoTokenizer, env, LogitsProcessorList } from '@huggingface/transformers';

const { onnxDirectory, tokenizer: tokenizerFile } = demoModelFiles();
const auditor = await openTokenizer(tokenizerFile);
const { vocabSize, fingerprint } = auditor;
const key = new WatermarkKey(createParams({ tokenizer: { name: 'demo', vocabSize, fingerprint } }));

env.allowRemoteModels = false;
env.localModelPath = dirname(onnxDirectory);
const name = basename(onnxDirectory);
const tokenizer = await AutoTokenizer.from_pretrained(name);
const model = await AutoModelForCausalLM.from_pretrained(name, { dtype: 'fp32' });

const mark = new WatermarkLogitsProcessor(new Watermarker(key), { sampling: { topP: 0.95 } });
const processors = new LogitsProcessorList();
processors.push(mark);
const inputs = tokenizer('The state of the nation is');
const output = await model.generate({
  ...inputs,
  max_new_tokens: 300,
  do_sample: false,
  logits_processor: processors,
});
await model.dispose();

const [text] = tokenizer.batch_decode(output, { skip_special_tokens: true });
const detector = new Detector([key], { tokenizers: [auditor] });
const { verdict, log10PValue } = detector.detect(text);
console.log(`${verdict}, log10 p = ${log10PValue.toFixed(1)}`);
