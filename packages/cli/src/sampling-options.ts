import type { SamplingSettings } from '@countermark/watermark';

/** Returns the sampling options among a command's options. */
export function samplingOf({ temperature, topK, topP }: SamplingSettings): SamplingSettings {
  return {
    ...(temperature === undefined ? {} : { temperature }),
    ...(topK === undefined ? {} : { topK }),
    ...(topP === undefined ? {} : { topP }),
  };
}
