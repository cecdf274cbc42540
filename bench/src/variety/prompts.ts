/** What the answers of docs/choices.md answer. */
import { DEMO_PROMPTS } from '@countermark/fixtures';

const QUESTIONS: readonly string[] = [
  'What is the state of our commerce with other nations?',
  'Who was the captain of the ship?',
  'What did the Congress resolve upon this subject?',
  'How shall a man live in peace with his neighbours?',
  'What became of the army after the battle?',
  'Why did the king send for his servants?',
  'What should be done about the public debt?',
  'Tell me of the sea.',
  'What do the reports of the departments show?',
  'Where did they go in the morning?',
];

/** Ten beginnings of texts, and ten questions through a chat's template, which ends them all alike. */
export const PROMPTS: readonly { readonly kind: 'text' | 'chat'; readonly text: string }[] = [
  ...[...DEMO_PROMPTS, 'The condition of our foreign relations', 'When the morning came, the old man'].map(
    (text) => ({ kind: 'text' as const, text }),
  ),
  ...QUESTIONS.map((question) => ({ kind: 'chat' as const, text: `User: ${question}\n\nAssistant:` })),
];
