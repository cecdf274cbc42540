/** Checks what a result says of its parameters, its settings and its document. */
import { paramsFingerprint } from '@countermark/watermark/scheme';
import { findingInput, findingOf, tokensDigest } from '../finding/finding.ts';
import { type Check, type CheckCase, checkOf, differs } from './check.ts';

/** Checks that the head says what the result says, and names the document by its digest; of a result with a head. */
export function checkHead({ result, finding, document }: CheckCase): Check[] {
  if (finding === undefined) return [];
  const { software, inputs } = finding;
  const expected = findingOf('detection', {
    level: result.settings.alpha,
    software,
    keys: result.keys,
    inputs: [findingInput(document, inputs[0]?.name)],
  });
  const digest = expected.inputs[0]?.sha256;
  return [
    checkOf(
      'head',
      `the document has the SHA-256 ${digest}, and the head repeats level and keys`,
      ...(['version', 'object', 'nullHypothesis', 'level', 'keys', 'inputs'] as const).map((member) =>
        differs(`${member} of the head`, finding[member], expected[member]),
      ),
    ),
  ];
}

/** Checks that the parameters are those that the result names. */
export function checkParameters({ result, evidence, params, keyId, strongest }: CheckCase): Check {
  const fingerprint = paramsFingerprint(params);
  return checkOf(
    'parameters',
    `fingerprint ${fingerprint} is that of the parameters`,
    differs('fingerprint of the parameters', result.params, fingerprint),
    differs('key of the evidence', evidence.keyId, result.keyId),
    keyId === undefined ? undefined : differs('key of the parameters', result.keyId, keyId),
    differs('scheme', result.statistic.scheme, params.scheme.kind),
    strongest.profile === undefined ? undefined : `the mark is another watermark's, ${strongest.profile}`,
  );
}

/** Checks the commitment that the result names against one that was given beforehand, if one was. */
export function checkCommitment({ result, commitment }: CheckCase): Check[] {
  if (commitment === undefined) return [];
  const fault = differs('commitment', result.commitment, commitment);
  return [checkOf('commitment', 'the result names the commitment that you have', fault)];
}

/** Checks that the settings are stated in one way, and that they allow p-values. */
export function checkSettings({ result }: CheckCase): Check {
  const { settings, alpha, minTokens, keys } = result;
  return checkOf(
    'settings',
    `level ${settings.alpha}, at least ${settings.minTokens} scored tokens, ${settings.keys} key${settings.keys === 1 ? '' : 's'}, normalization ${settings.normalization}${settings.regions ? ', with a search for parts' : ''}`,
    differs('level', alpha, settings.alpha),
    differs('least number of scored tokens', minTokens, settings.minTokens),
    differs('number of keys', settings.keys, keys.length),
    differs(
      'random keys to rank among',
      settings.decoys,
      keys.reduce((most, { decoys }) => Math.max(most, decoys?.count ?? 0), 0),
    ),
    settings.dedup === 'context-token'
      ? undefined
      : 'repeated tuples were counted: nothing in the result is a p-value',
    [result, ...keys].every(({ regions }) => (regions !== undefined) === settings.regions)
      ? undefined
      : 'the settings and the keys do not agree on whether parts were searched',
  );
}

/** Checks that the result names the tokenizer of the parameters; of a text. */
export function checkTokenizer({ result, params, source }: CheckCase): Check[] {
  if (!('text' in source)) return [];
  const { name, fingerprint } = params.tokenizer;
  return [
    checkOf(
      'tokenizer',
      `${name}, fingerprint ${fingerprint}`,
      result.tokenizer === undefined
        ? 'the result is of token ids, not of a text: give these, with --ids'
        : differs('the tokenizer', result.tokenizer, { name, fingerprint }),
    ),
  ];
}

/** Checks that the document is the one that was tested, token by token. */
export function checkDocument({ result, evidence, params, source, tokenIds }: CheckCase): Check {
  const outside = tokenIds.findIndex((tokenId) => tokenId >= params.tokenizer.vocabSize);
  return checkOf(
    'document',
    `${tokenIds.length} tokens with the digest ${evidence.tokens}`,
    outside < 0
      ? undefined
      : `token id ${tokenIds[outside]} at position ${outside} is none of the tokenizer's`,
    differs('tokens of the document', result.total, tokenIds.length),
    differs('what normalization removed', result.normalization, 'text' in source ? source.changes : []),
    differs('digest of the tokens', evidence.tokens, tokensDigest(tokenIds)),
  );
}
