import { publicDetection } from '../public-tier/public-detection.ts';
import { sketchOf } from '../public-tier/sketch.ts';
import type { DetectTools } from './detect.ts';
import type { PublicDetectAnswer, PublicDetectTask } from './task.ts';

/** Tests a document for anybody. */
export function publicDetect(task: PublicDetectTask, tools: DetectTools): PublicDetectAnswer {
  const { ring, keys, tokenizers } = tools;
  const traced = ring.detector(keys, { tokenizers, normalization: task.normalization }).trace(task.document);
  const answer = publicDetection(traced.detection);
  return {
    json: JSON.stringify(answer),
    verdict: answer.verdict,
    sketch: sketchOf(traced.tokenIds, task.salt),
  };
}
