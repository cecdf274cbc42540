import { readFileSync } from 'node:fs';
import { createIdentityCounter } from '@countermark/hints';
import { describe, expect, it } from 'vitest';
import { z } from 'zod';

// Written before the patterns were changed. Those of the half `tuned` were looked at while they were; those of `kept` were not.
const Sentence = z.strictObject({
  id: z.string(),
  half: z.enum(['tuned', 'kept']),
  language: z.string(),
  text: z.string(),
  assistant: z.string().nullable(),
});
const sentences = readFileSync(new URL('sentences.jsonl', import.meta.url), 'utf8')
  .trim()
  .split('\n')
  .map((line) => Sentence.parse(JSON.parse(line)));

const counter = createIdentityCounter();

/** Whose claims a text makes. */
function claimed(text: string): readonly string[] {
  return [...new Set(counter.count(text).map(({ assistant }) => assistant))];
}

describe('claims in three hundred sentences', () => {
  it('has as many with as without one', () => {
    expect(sentences).toHaveLength(300);
    expect(sentences.filter(({ assistant }) => assistant !== null)).toHaveLength(150);
    expect(new Set(sentences.map(({ text }) => text)).size).toBe(300);
  });

  it.each(['tuned', 'kept'] as const)(
    'finds 95 % of the half %s, and 98 %% of what it finds is right',
    (half) => {
      const own = sentences.filter((sentence) => sentence.half === half);
      const claims = own.filter(({ assistant }) => assistant !== null);
      const missed = claims.filter(({ text, assistant }) => !claimed(text).includes(assistant ?? ''));
      const found = own.filter(({ text }) => claimed(text).length > 0);
      const wrong = found.filter(({ text, assistant }) => claimed(text).join() !== assistant);
      const list = [...missed, ...wrong].map(({ id, text }) => `${id} ${text}`).join('\n');
      expect(missed.length / claims.length, list).toBeLessThanOrEqual(0.05);
      expect(wrong.length / found.length, list).toBeLessThanOrEqual(0.02);
    },
  );
});

describe("somebody else's words", () => {
  const claim = 'I am ChatGPT, a language model made by OpenAI.';

  it.each([
    ['quotation marks', `The robot said nothing at first, and then "${claim}" and no more.`],
    ['curly marks', `It reads “${claim}” at the top.`],
    ['low marks', `Da steht „${claim}“ am Rand.`],
    ['guillemets', `On y lit « ${claim} » en tête.`],
    ['guillemets that point inwards', `Der står »${claim}« øverst.`],
    ['corner brackets', `そこには「${claim}」とある。`],
    ['a block', `As you wrote:\n\n> Hello.\n> ${claim}\n\nI see.`],
    ['code', `Put \`${claim}\` into the prompt.`],
    ['a string of a program', `greet = "${claim}"`],
    ['a dialogue', `User: who are you?\nBot: ${claim}\nUser: thanks`],
    ['a dialogue in bold', `**Human:** Hi\n\n**AI:** ${claim}`],
    ['a request to translate', `Translate this into German: ${claim}`],
    ['a request in French', `Traduisez en français : ${claim}`],
    ['a report', `The model answered: ${claim}`],
    ['what somebody doubts', 'There is no evidence that I am ChatGPT.'],
  ])('are no claim: %s', (_, text) => {
    expect(counter.read(text)).toEqual({ claims: [], denials: [] });
  });

  it.each([
    ['all of it is in quotation marks', `"${claim}"`],
    ['a quotation ended before', `You asked "who are you?" and here it is. ${claim}`],
    ['a quotation of another paragraph was left open', `It began with "Hello.\n\n${claim}`],
    ['an apostrophe stands before', `That’s simple. ${claim}`],
    ['a block ended before', `> Who are you?\n\n${claim}`],
    ['one label stands before it', `Assistant: ${claim}`],
    ['a translation is done', `The German for it is "Hallo". ${claim}`],
  ])('are not what is the own: %s', (_, text) => {
    expect(claimed(text)).toEqual(['openai']);
  });

  it('are told in time that is linear in a text of marks and labels', () => {
    const text = `${'User: "a «b\n'.repeat(20_000)}${claim}\n`.repeat(2);
    expect(counter.count(text)).toEqual([]);
  });
});
