import { Detector } from '@countermark/detector';
import { seededRandom } from '@countermark/watermark';
import { ForeignKey, ForeignWatermarker, profileNamed } from '@countermark/watermark/interop';
import { LARGE_VOCABULARY, modelLikeLogits, textLikeIds } from '../fixtures.ts';
import { measure, SMOKE, secondsBeyond } from '../measure.ts';
import { atLeast, atMost, type Row } from '../row.ts';

const DOCUMENT = 500;
const DOCUMENTS = 20;
const CORPUS = 1_000_000;
const PERMUTATIONS = 99;
const LLAMA_VOCABULARY = 128_256;
const KEYS_30 = Array.from({ length: 30 }, (_, i) => 37 + 91 * i);
const KGW = {
  greenlist_ratio: 0.25,
  bias: 2,
  hashing_key: 15_485_863,
  seeding_scheme: 'lefthash',
  context_width: 1,
};

interface Case {
  readonly name: string;
  readonly profile: string;
  readonly config: object;
  readonly vocabSize: number;
  /** Tokens a second. */
  readonly target: number;
  /** Tokens a second of the peer's own code, on one thread of a like machine: the yardstick. */
  readonly peer: number;
}

const CASES: readonly Case[] = [
  {
    name: 'synthid-hf, depth 30',
    profile: 'synthid-hf',
    config: { keys: KEYS_30, ngram_len: 5 },
    vocabSize: LARGE_VOCABULARY,
    // The exact law over all keys of the layers: 2 ms for a document.
    target: DOCUMENT / 0.002,
    peer: 23_500,
  },
  {
    name: 'kgw-hf lefthash, contexts seen before',
    profile: 'kgw-hf',
    config: KGW,
    vocabSize: LLAMA_VOCABULARY,
    target: 1e6,
    peer: 1200,
  },
  {
    name: 'three-bricks gumbel, contexts seen before',
    profile: 'three-bricks-gumbel',
    config: { detector: 'openai', ngram: 1, seed: 737_726, salt_key: 3_531_741 },
    vocabSize: LLAMA_VOCABULARY,
    target: 1e6,
    peer: 4100,
  },
  {
    name: 'textseal gumbel',
    profile: 'textseal-gumbel',
    config: { watermark_type: 'gumbelmax', ngram: 2, secret_key: 821_474 },
    vocabSize: LLAMA_VOCABULARY,
    target: 1e6,
    peer: 164_000,
  },
  {
    name: 'vllm-gumbel',
    profile: 'vllm-gumbel',
    config: { key: '14832872548858613302', context_width: 4 },
    vocabSize: LLAMA_VOCABULARY,
    target: 4e6,
    peer: 855_000,
  },
  {
    name: 'sglang-gumbel',
    profile: 'sglang-gumbel',
    config: { key: 'd38b26d32095d9c', context_window: 4 },
    vocabSize: LLAMA_VOCABULARY,
    target: 4e6,
    peer: 141_000,
  },
];

/** Detection and writing of other people's marks. */
export function interopRows(): Row[] {
  return [...CASES.map(detectionRow), corpusLawRow(), coldListRow(), ...writingRows()];
}

// Whole detections of ids in documents of 500: words, deduplication, p-value, without decoys. Where the p-value is a rank, the tokens
// of each random key count: its words are computed as the key's are.
function detectionRow({ name, profile, config, vocabSize, target, peer }: Case): Row {
  const documents = Array.from({ length: DOCUMENTS }, (_, i) => textLikeIds(DOCUMENT, vocabSize, i));
  const key = new ForeignKey({ profile: profileNamed(profile), config, vocabSize });
  const detector = new Detector([key], { decoys: { count: 0 }, permutations: PERMUTATIONS });
  const { detect } = measure({
    detect: () => {
      let tokens = 0;
      for (const document of documents)
        tokens += DOCUMENT * (1 + (detector.detect(document).rank?.drawn ?? 0));
      return tokens;
    },
  });
  detector.close();
  return atLeast(
    `detection of ids, ${name}`,
    detect.perSecond / 1e6,
    'million tokens/s',
    target / 1e6,
    `the peer's own code elsewhere, ${peer} tokens/s`,
    detect.perSecond / peer,
  );
}

// One text of so many ids that its draws are nearly all that there are.
function corpusLawRow(): Row {
  const key = new ForeignKey({
    profile: profileNamed('synthid-hf'),
    config: { keys: KEYS_30, ngram_len: 5 },
    vocabSize: LARGE_VOCABULARY,
  });
  const detector = new Detector([key], { decoys: { count: 0 } });
  const corpus = textLikeIds(SMOKE ? DOCUMENT : CORPUS, LARGE_VOCABULARY, 1);
  const { detect } = measure({ detect: () => (detector.detect(corpus).scored > 0 ? 1 : 0) }, 3);
  detector.close();
  const peerSeconds = corpus.length / 23_500;
  return atMost(
    `exact law of ${CORPUS.toLocaleString('en')} ids as one text, synthid-hf, depth 30`,
    detect.seconds,
    's',
    2,
    "the peer's own code elsewhere, 23500 tokens/s",
    peerSeconds / detect.seconds,
  );
}

// Every context is new: its list has to be drawn.
function coldListRow(): Row {
  const key = new ForeignKey({ profile: profileNamed('kgw-hf'), config: KGW, vocabSize: LLAMA_VOCABULARY });
  let next = 0;
  const { detect } = measure({
    detect: () => {
      const detector = new Detector([key], { decoys: { count: 0 } });
      const document = Uint32Array.from({ length: 200 }, (_, i) => (7 * (next + i)) % LLAMA_VOCABULARY);
      next += document.length;
      detector.detect(document);
      detector.close();
      return document.length;
    },
  });
  return atLeast(
    'detection of ids, kgw-hf lefthash, new contexts',
    detect.perSecond,
    'tokens/s',
    5000,
    "the peer's own code elsewhere, 1200 tokens/s",
    detect.perSecond / 1200,
  );
}

// What the mark adds to a step: logits after temperature and truncation in, marked ones out.
function writingRows(): Row[] {
  const key = new ForeignKey({
    profile: profileNamed('synthid-hf'),
    config: { keys: KEYS_30, ngram_len: 5 },
    vocabSize: LARGE_VOCABULARY,
  });
  const whole = Array.from({ length: 8 }, (_, i) => modelLikeLogits(LARGE_VOCABULARY, i));
  const cases: [string, readonly Float32Array[], number][] = [
    ['top-k 100', whole.map((logits) => keepLargest(logits, 100)), 0.5],
    ['whole vocabulary', whole, 10],
  ];
  return cases.map(([name, drawn, target]) => {
    const watermarker = new ForeignWatermarker(key);
    const ids = seededRandom(4);
    const logits = new Float32Array(LARGE_VOCABULARY);
    const { process, copy } = measure({
      process: () => {
        const tokenIds = [1, 2, 3, 4];
        const processor = watermarker.startProcessor(tokenIds.length);
        for (let i = 0; i < 20; i++) {
          logits.set(drawn[i % drawn.length]!);
          processor.process(tokenIds, logits);
          tokenIds.push(Math.floor(ids() * LARGE_VOCABULARY));
        }
        return 20;
      },
      copy: () => {
        for (let i = 0; i < 20; i++) logits.set(drawn[i % drawn.length]!);
        return 20;
      },
    });
    watermarker.close();
    const added = 1e3 * secondsBeyond(process, copy);
    return atMost(
      `added per token of 200,019, synthid-hf depth 30, ${name}`,
      added,
      'ms',
      target,
      "the peer's own code elsewhere, 169 ms",
      169 / added,
    );
  });
}

function keepLargest(logits: Float32Array, count: number): Float32Array {
  const least = logits.toSorted().at(-count)!;
  return logits.map((logit) => (logit >= least ? logit : -Infinity));
}
