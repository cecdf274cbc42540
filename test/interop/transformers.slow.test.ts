import { basename, dirname } from 'node:path';
import { demoModelFiles } from '@countermark/demo-model';
import { Detector } from '@countermark/detector';
import { seededRandom } from '@countermark/watermark';
import { WatermarkLogitsProcessor } from '@countermark/watermark/integrations/transformers';
import { ForeignKey, ForeignWatermarker, profileNamed } from '@countermark/watermark/interop';
import { openTokenizer, type Tokenizer } from '@countermark/watermark/tokenizer';
import {
  AutoModelForCausalLM,
  AutoTokenizer,
  env,
  LogitsProcessor,
  LogitsProcessorList,
  type PreTrainedModel,
  type PreTrainedTokenizer,
  type Tensor,
} from '@huggingface/transformers';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import {
  greenListRule,
  multinomial,
  type PeerRule,
  type PeerStep,
  PlainTwister,
  plainProbabilities,
  synthIdRule,
} from './peer-rules.ts';

const PROMPT = 'The state of the nation is';
const LENGTH = 150;
// One of 10^6 texts without the mark is above; marks of these answers are far beyond it.
const LEVEL_Z = 4.76;

const { onnxDirectory, tokenizer: tokenizerFile } = demoModelFiles();

/** Samples a response in a test's own way, and leaves one token to choose. */
class PeerProcessor extends LogitsProcessor {
  readonly #step: PeerStep;
  readonly #random: PlainTwister;

  constructor(step: PeerStep, seed: bigint) {
    super();
    this.#step = step;
    this.#random = new PlainTwister(seed);
  }

  override _call(inputIds: bigint[][], logits: Tensor): Tensor {
    const data = logits.data as Float32Array;
    const chosen = multinomial(this.#step(inputIds[0]!.map(Number), data), this.#random);
    data.fill(-Infinity);
    data[chosen] = 0;
    return logits;
  }
}

describe('the twister that the rules draw from', () => {
  it('gives the 10000th word that the C++ standard names', () => {
    // ISO/IEC 14882, [rand.predef]: of a default-constructed mt19937, whose seed is 5489.
    const random = new PlainTwister(5489n);
    for (let i = 1; i < 10_000; i++) random.word();
    expect(random.word()).toBe(4_123_659_995);
  });
});

interface MarkCase {
  readonly title: string;
  readonly profile: string;
  readonly config: object;
  readonly other: object;
  readonly ruleOf: (config: never, vocabSize: number) => PeerRule;
}

const KEYS = Array.from({ length: 30 }, (_, layer) => 654 + 1009 * layer);
const SYNTH_ID = { keys: KEYS, ngram_len: 5 };
const LEFT = { hashing_key: 15_485_863, greenlist_ratio: 0.25, bias: 2.5 };

const CASES: readonly MarkCase[] = [
  {
    title: 'synthid-hf',
    profile: 'synthid-hf',
    config: SYNTH_ID,
    other: { ...SYNTH_ID, keys: KEYS.map((key) => key + 5) },
    ruleOf: ({ keys, ngram_len }: typeof SYNTH_ID) => synthIdRule(keys.map(BigInt), ngram_len),
  },
  ...(['lefthash', 'selfhash'] as const).map((seeding_scheme): MarkCase => {
    const config = { ...LEFT, seeding_scheme, context_width: seeding_scheme === 'lefthash' ? 1 : 4 };
    return {
      title: `kgw-hf ${seeding_scheme}`,
      profile: 'kgw-hf',
      config,
      other: { ...config, hashing_key: 32_452_843 },
      ruleOf: (own: typeof config, vocabSize) => greenListRule(own, vocabSize),
    };
  }),
];

describe('a model run by transformers.js', () => {
  let tokenizer: PreTrainedTokenizer;
  let model: PreTrainedModel;
  let auditor: Tokenizer;
  let unmarked: number[];

  /** Lets the model answer with exactly as many tokens as asked for; the processor leaves one token a step. */
  async function answer(processor: LogitsProcessor): Promise<number[]> {
    const processors = new LogitsProcessorList();
    processors.push(processor);
    const inputs = tokenizer(PROMPT);
    const output = (await model.generate({
      ...inputs,
      do_sample: false,
      min_new_tokens: LENGTH,
      max_new_tokens: LENGTH,
      logits_processor: processors,
    })) as Tensor;
    const { length } = tokenizer.encode(PROMPT);
    return output.tolist().flat().map(Number).slice(length);
  }

  function keyOf(profile: string, config: object): ForeignKey {
    const { vocabSize, fingerprint } = auditor;
    return new ForeignKey({
      profile: profileNamed(profile),
      config,
      tokenizer: { name: 'demo', vocabSize, fingerprint },
    });
  }

  beforeAll(async () => {
    env.allowRemoteModels = false;
    env.localModelPath = dirname(onnxDirectory);
    const name = basename(onnxDirectory);
    tokenizer = await AutoTokenizer.from_pretrained(name);
    model = await AutoModelForCausalLM.from_pretrained(name, { dtype: 'fp32', device: 'cpu' });
    auditor = await openTokenizer(tokenizerFile);
    unmarked = await answer(new PeerProcessor((_, logits) => plainProbabilities(logits), 1n));
  });
  afterAll(async () => {
    auditor.close();
    await model.dispose();
  });

  describe.each(CASES)('$title', ({ title, profile, config, other, ruleOf }) => {
    it('writes answers that the peer detects by its own rule', async () => {
      const watermarker = new ForeignWatermarker(keyOf(profile, config));
      const marked = await answer(new WatermarkLogitsProcessor(watermarker, { random: seededRandom(title) }));
      watermarker.close();
      expect(marked).toHaveLength(LENGTH);
      const rule = ruleOf(config as never, auditor.vocabSize);
      expect(rule.zScore(marked)).toBeGreaterThan(LEVEL_Z);
      expect(rule.zScore(unmarked)).toBeLessThan(LEVEL_Z);
      expect(ruleOf(other as never, auditor.vocabSize).zScore(marked)).toBeLessThan(LEVEL_Z);
    });

    it('reads answers that the peer wrote by its own rule', async () => {
      const step = ruleOf(config as never, auditor.vocabSize).start();
      const marked = await answer(new PeerProcessor(step, 2n));
      const key = keyOf(profile, config);
      const detector = new Detector([key], { tokenizers: [auditor] });
      expect(detector.detect(marked)).toMatchObject({ verdict: 'detected', profile, keyId: key.keyId });
      expect(detector.detect(tokenizer.decode(marked)).verdict).toBe('detected');
      expect(detector.detect(unmarked).verdict).toBe('not-detected');
      detector.close();
      const stranger = new Detector([keyOf(profile, other)]);
      expect(stranger.detect(marked).verdict).toBe('not-detected');
      stranger.close();
    });
  });
});
