/**
 * Forms of records as data: what of them a model may have written, and what people asked. Whatever may be an answer is read: to read
 * more than was needed costs time, and to read less hides a mark. Where a field belongs to several forms, it is read once.
 */

/** What has to be at a path for the form to be it. */
export type AnswerShape =
  /** A text, a turn, a list of turns, or a list of any of them. */
  | 'any'
  /** A list of turns. */
  | 'turns'
  /** A turn with answers that have answers. */
  | 'tree'
  /** At least two texts in a row, of which every other is an answer. */
  | 'dialogue';

/** One form of records. */
export interface Form {
  /** What it is called, for people; undefined for fields that need no name. */
  readonly name?: string;
  readonly answers: readonly string[];
  /** `any` if it is not said. */
  readonly shape?: AnswerShape;
  /** What people said in it. */
  readonly prompts?: readonly string[];
}

/** Names of lists of turns. A list of turns is read under any name; these also name an object that is one chat. */
const CHAT_NAMES: readonly string[] = [
  'messages',
  'conversations',
  'conversation',
  'turns',
  'chat',
  'dialogue',
  'dialog',
  'contents',
  'chat_messages',
  'conv',
  'trajectory',
];

/** Forms that are known by where their answers are. */
export const FORMS: readonly Form[] = [
  {
    name: 'request and contents',
    shape: 'turns',
    answers: ['request.contents', 'body.input', 'request.messages'],
  },
  { name: 'Gemini prompt', shape: 'turns', answers: ['chunkedPrompt.chunks'] },
  { name: 'preference pairs', answers: ['chosen', 'rejected'] },
  { name: 'preference pairs', answers: ['chosen_response', 'rejected_response'] },
  { name: 'two answers', answers: ['response_0', 'response_1', 'response_2', 'response_3'] },
  { name: 'two answers', answers: ['response_a', 'response_b', 'response_j', 'response_k'] },
  { name: 'two answers', answers: ['output_0', 'output_1', 'output_2', 'output_a', 'output_b'] },
  { name: 'two answers', answers: ['answer_0', 'answer_1', 'answer_2', 'answer_a', 'answer_b'] },
  { name: 'two answers', answers: ['completion_a', 'completion_b', 'human_ref_A', 'human_ref_B'] },
  {
    name: 'Chatbot Arena',
    shape: 'turns',
    answers: ['conversation_a', 'conversation_b', 'conversation_1', 'conversation_2'],
  },
  {
    name: 'UltraFeedback',
    answers: ['completions[].response'],
    prompts: ['instruction', 'completions[].principle'],
  },
  {
    name: 'self-instruct',
    answers: ['instances[].output'],
    prompts: ['instruction', 'instances[].input', 'instances[].instruction_with_input'],
  },
  { name: 'SQuAD', answers: ['answers.text[]'], prompts: ['question', 'context', 'title'] },
  {
    name: 'SQuAD',
    answers: ['paragraphs[].qas[].answers[].text'],
    prompts: ['title', 'paragraphs[].context', 'paragraphs[].qas[].question'],
  },
  {
    name: 'several answers',
    answers: ['answers[].text', 'answers[].answer', 'answers[].content', 'answers[].body'],
  },
  { name: 'MT-bench', answers: ['choices[].turns[]'] },
  { name: 'chat completions', answers: ['choices[].message', 'choices[].text'] },
  {
    name: 'chat completions',
    answers: ['response.choices[].message', 'response.choices[].text', 'completion.choices[].message'],
  },
  {
    name: 'batch results',
    answers: [
      'response.body.choices[].message',
      'response.body.choices[].text',
      'response.body.output',
      'response.body.content',
      'result.message',
      'result.result.message',
      'response.output.message',
      'modelOutput.content',
    ],
  },
  {
    name: 'Gemini',
    answers: ['candidates[].content', 'response.candidates[].content', 'prediction.candidates[].content'],
  },
  { name: 'message trees', shape: 'tree', answers: ['prompt', 'tree', 'root'] },
  { name: 'UltraChat', shape: 'dialogue', answers: ['data[1::2]'], prompts: ['data[0::2]'] },
  {
    name: 'pairs',
    answers: ['conversation[].output', 'conversations[].output'],
    prompts: ['conversation[].input'],
  },
  { name: 'pairs', answers: ['conversation[].assistant', 'conversations[].assistant', 'turns[].assistant'] },
  { name: 'Alpaca', answers: ['history[][1]'], prompts: ['instruction', 'input', 'history[][0]', 'system'] },
  { name: 'ChatGPT export', answers: ['mapping.*.message'] },
  { shape: 'turns', answers: CHAT_NAMES },
];

/** Names of fields that hold answers wherever they are: at the root, and in objects and lists below. */
const ANSWER_NAMES: ReadonlySet<string> = new Set([
  ...['text', 'texts', 'content', 'body', 'document', 'documents', 'article', 'raw_content', 'passage'],
  ...[
    'page_content',
    'code',
    'message',
    'selftext',
    'abstract',
    'highlights',
    'generated_text',
    'output_text',
  ],
  ...['targets', 'target', 'samples', 'predictions', 'candidates', 'solutions', 'outputs', 'responses'],
  ...['completions', 'generations', 'answers', 'rationales', 'thoughts', 'generated', 'model_outputs'],
  ...['model_responses', 'assistant', 'bot', 'replies', 'chain_of_thought', 'chosen', 'rejected', 'ideal'],
  ...[
    'conversation',
    'conversations',
    'chat',
    'dialogue',
    'dialog',
    'transcript',
    'review',
    'story',
    'essay',
  ],
]);

/** The last word of names of fields that hold answers: `gpt_response`, `modelAnswer`, `completion`. */
const ANSWER_WORDS: ReadonlySet<string> = new Set([
  ...['answer', 'response', 'output', 'completion', 'generation', 'reply', 'prediction', 'candidate'],
  ...['solution', 'reasoning', 'thinking', 'rationale', 'explanation', 'cot', 'trajectory', 'attempt'],
  ...['summary', 'translation', 'rewrite', 'revision', 'paraphrase', 'continuation', 'caption'],
]);

/** Whether a field of this name holds answers. A number or a letter that tells several apart is no part of a name. */
export function isAnswerName(name: string): boolean {
  const plain = name.replace(/[_ -]?(?:\d+|[_ -][a-fjk])$/i, '');
  if (ANSWER_NAMES.has(plain) || ANSWER_NAMES.has(plain.toLowerCase())) return true;
  const word =
    plain
      .replace(/([a-z])([A-Z])/g, '$1_$2')
      .split(/[_ -]/)
      .at(-1) ?? '';
  return ANSWER_WORDS.has(word.toLowerCase());
}

/** Names of fields that hold what people asked, or were given, wherever they are. */
export const PROMPT_NAMES: readonly string[] = [
  'prompt',
  'prompts',
  'instruction',
  'instructions',
  'question',
  'questions',
  'query',
  'input',
  'inputs',
  'problem',
  'context',
  'contexts',
  'system',
  'system_prompt',
  'user',
  'human',
  'user_prompt',
  'task',
  'title',
  'topic',
  'systemInstruction',
  'system_instruction',
  'premise',
  'hypothesis',
];

/** Names of fields with token ids. */
export const IDS_NAMES: readonly string[] = ['input_ids', 'token_ids', 'tokens', 'ids', 'tokenIds'];

/** Names of fields with a record's own id. */
export const ID_NAMES: readonly string[] = ['id', '_id', 'uuid', 'doc_id', 'document_id'];

/** Whether a field of this name is that of a chat. */
export function isChatField(name: string): boolean {
  return CHAT_NAMES.includes(name);
}
