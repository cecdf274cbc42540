// Marks an answer with SynthID-Text as transformers does, from the same configuration, and detects it.
import { basename, dirname } from 'node:path';
import { demoModelFiles } from '@countermark/demo-model';
import { Detector } from '@countermark/detector';
import { WatermarkLogitsProcessor } from '@countermark/watermark/integrations/transformers';
import { ForeignKey, ForeignWatermarker, SYNTHID_HF } from '@countermark/watermark/interop';
import { openTokenizer } from '@countermark/watermark/tokenizer';
import { AutoModelForCausalLM, AutoTokenizer, env, LogitsProcessorList } from '@huggingface/transformers';

// A SynthIDTextWatermarkingConfig; in production its keys are random, and secret.
const config = {
  ngram_len: 5,
  keys: [654, 400, 836, 123, 340, 443, 597, 160, 57, 29, 590, 639, 13, 715, 468],
};

const { onnxDirectory, tokenizer: tokenizerFile } = demoModelFiles();
const auditor = await openTokenizer(tokenizerFile);
const { vocabSize, fingerprint } = auditor;
const key = new ForeignKey({
  profile: SYNTHID_HF,
  config,
  tokenizer: { name: 'demo', vocabSize, fingerprint },
});

env.allowRemoteModels = false;
env.localModelPath = dirname(onnxDirectory);
const name = basename(onnxDirectory);
const tokenizer = await AutoTokenizer.from_pretrained(name);
const model = await AutoModelForCausalLM.from_pretrained(name, { dtype: 'fp32' });

const watermarker = new ForeignWatermarker(key);
const processors = new LogitsProcessorList();
processors.push(new WatermarkLogitsProcessor(watermarker, { sampling: { topP: 0.95 } }));
const inputs = tokenizer('The state of the nation is');
const output = await model.generate({
  ...inputs,
  max_new_tokens: 300,
  do_sample: false,
  logits_processor: processors,
});
watermarker.close();
await model.dispose();

const [text] = tokenizer.batch_decode(output, { skip_special_tokens: true });
const detector = new Detector([key], { tokenizers: [auditor] });
const { verdict, log10PValue } = detector.detect(text);
console.log(`${verdict}, log10 p = ${log10PValue.toFixed(1)}`);
