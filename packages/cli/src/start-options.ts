import type { GenerationOptions, Pauses } from '@countermark/watermark';
import { type Command, InvalidArgumentError } from 'commander';
import { parseNumber, parseNumbers } from './options.ts';

/** Where the marks of a response begin. */
export type StartSettings = Pick<GenerationOptions, 'startBits' | 'pauses' | 'promptContexts'>;

/** Adds the options that say where the marks of a response begin. */
export function addStartOptions(command: Command): Command {
  return command
    .option(
      '--start-bits <bits>',
      'bits of its own that an answer spends before it is marked, 0 to 64; keys of other watermarks have none unless given (default 16)',
      parseNumber,
    )
    .option(
      '--pauses <after,bits>',
      'marked tokens between two pauses, in the mean, and the bits spent in each, such as 20,4 (default: none)',
      parsePauses,
    )
    .option(
      '--prompt-contexts',
      'let the key look at tokens of the prompt too: for detectors that are given both',
    );
}

/** Returns these options among a command's options. */
export function startSettingsOf({ startBits, pauses, promptContexts }: StartSettings): StartSettings {
  return {
    ...(startBits === undefined ? {} : { startBits }),
    ...(pauses === undefined ? {} : { pauses }),
    ...(promptContexts === undefined ? {} : { promptContexts }),
  };
}

function parsePauses(text: string): Pauses {
  const [after = NaN, bits = NaN, ...rest] = parseNumbers(text);
  if (rest.length > 0 || Number.isNaN(bits))
    throw new InvalidArgumentError('expected two numbers, such as 20,4');
  return { after, bits };
}
