/** Whose turns are whose: what data sets call the same role. Names are compared without regard to case. */

/** Roles with the names that data sets give them. */
const ROLES: ReadonlyMap<string, readonly string[]> = new Map([
  [
    'assistant',
    ['assistant', 'gpt', 'chatgpt', 'model', 'bot', 'ai', 'chatbot', 'agent', 'aimessage', 'aimessagechunk'],
  ],
  ['user', ['user', 'human', 'prompter', 'humanmessage', 'person', 'customer', 'student', 'seeker']],
  ['system', ['system', 'developer', 'systemmessage', 'context', 'instruction', 'platform', 'root']],
  [
    'tool',
    [
      'tool',
      'function',
      'observation',
      'tool_result',
      'function_response',
      'ipython',
      'toolmessage',
      'environment',
    ],
  ],
]);

const LISTED: ReadonlyMap<string, readonly string[]> = new Map([
  ['assistant', ['assistant', 'gpt', 'chatgpt', 'model', 'bot']],
  ['user', ['user', 'human', 'prompter']],
]);

/** Names of models, as turns are labelled with them where several models answer. */
const MODEL_NAME =
  /^(?:[\w.-]+\/)?(?:gpt|chatgpt|o[1-9]\b|claude|gemini|gemma|bard|palm|llama|alpaca|vicuna|mistral|mixtral|qwen|qwq|deepseek|phi|falcon|yi|command-?r|kimi|glm|grok|nemotron|minimax|wizardlm|zephyr|koala|dolly|oasst|text-davinci|davinci|olmo|granite|hermes)(?![a-z])/i;

/** The names of a role that a layout lists; of one that nobody knows, its own. The other names are understood without. */
export function namesOfRole(role: string): readonly string[] {
  return LISTED.get(role) ?? [role];
}

/** Which role a turn's name stands for; undefined if nobody knows. */
export function roleOf(name: string): string | undefined {
  const plain = plainRole(name);
  for (const [role, names] of ROLES) if (names.includes(plain)) return role;
  return isModelName(plain) ? 'assistant' : undefined;
}

/** Whether a name is that of a model: turns and columns are labelled so where several models answer. */
export function isModelName(name: string): boolean {
  return MODEL_NAME.test(name);
}

/**
 * Whether a turn is of a role that is wanted: by its name, or by the role that it stands for.
 *
 * @param roles names, as a layout holds them.
 */
export function isWanted(name: string, roles: readonly string[]): boolean {
  if (roles.includes(name)) return true;
  const plain = plainRole(name);
  const role = roleOf(plain);
  return (role !== undefined && roles.includes(role)) || roles.some((one) => one.toLowerCase() === plain);
}

function plainRole(name: string): string {
  return name.trim().toLowerCase();
}
