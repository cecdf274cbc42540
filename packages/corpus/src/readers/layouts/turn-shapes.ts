/** How turns of chats are written: names of fields and of kinds of parts, as data. */

/** Where in a turn its role and its content are. */
export interface TurnShape {
  readonly name: string;
  readonly roleField: string;
  readonly contentField: string;
}

/** The ways to write a turn, and where they come from; the first that fits is taken. */
export const TURN_SHAPES: readonly TurnShape[] = [
  { name: 'OpenAI', roleField: 'role', contentField: 'content' },
  { name: 'ShareGPT', roleField: 'from', contentField: 'value' },
  { name: 'Gemini', roleField: 'role', contentField: 'parts' },
  { name: 'role and text', roleField: 'role', contentField: 'text' },
  { name: 'role and value', roleField: 'role', contentField: 'value' },
  { name: 'role and message', roleField: 'role', contentField: 'message' },
  { name: 'from and content', roleField: 'from', contentField: 'content' },
  { name: 'from and text', roleField: 'from', contentField: 'text' },
  { name: 'Claude', roleField: 'sender', contentField: 'text' },
  { name: 'speaker and text', roleField: 'speaker', contentField: 'text' },
  { name: 'ChatGPT', roleField: 'author.role', contentField: 'content.parts' },
  { name: 'LangChain', roleField: 'type', contentField: 'content' },
  { name: 'LangChain', roleField: 'type', contentField: 'data.content' },
];

/** Fields of a turn, beside its content, that its model wrote: paths, in the order in which they are written. */
export const BEFORE_CONTENT: readonly string[] = [
  'reasoning_content',
  'reasoning',
  'thinking',
  'thought',
  'thoughts',
  'reasoning_details[].text',
];
/** The same, after the content. */
export const AFTER_CONTENT: readonly string[] = [
  'refusal',
  'tool_calls[].function.arguments',
  'tool_calls[].arguments',
  'tool_calls[].args',
  'function_call.arguments',
];

/** Fields of a turn that hold its answers in the tree of a conversation. */
export const REPLIES: readonly string[] = ['replies', 'children'];

/** Items of a list of turns that have no role: what of them their model wrote, by their type. */
export const ITEMS: ReadonlyMap<string, readonly string[]> = new Map([
  ['reasoning', ['summary', 'content', 'text']],
  ['function_call', ['arguments']],
  ['custom_tool_call', ['input']],
  ['code_interpreter_call', ['code']],
]);

/** Parts of a content that are text, by their type, with the fields that may hold it; an array of parts may lie in one too. */
export const TEXT_PARTS: ReadonlyMap<string, readonly string[]> = new Map([
  ['text', ['text', 'value', 'content', 'text.value']],
  ['output_text', ['text']],
  ['input_text', ['text']],
  ['summary_text', ['text']],
  ['refusal', ['refusal', 'text']],
]);
/** Parts that are text of their own, and not joined to the others. */
export const APART_PARTS: ReadonlyMap<string, readonly string[]> = new Map([
  ['thinking', ['thinking', 'text']],
  ['reasoning', ['reasoning', 'text', 'content', 'summary']],
  ['reasoning_text', ['text']],
  ['tool_use', ['input']],
  ['server_tool_use', ['input']],
  ['tool_call', ['arguments', 'input', 'args']],
  ['function_call', ['arguments', 'args']],
  ['code', ['code', 'text']],
]);
/** Parts that are what others answered. */
export const OTHERS_PARTS: readonly string[] = [
  'tool_result',
  'function_response',
  'functionResponse',
  'web_search_tool_result',
  'code_execution_tool_result',
  'codeExecutionResult',
];
/** Parts that are no text, and those that nobody but their maker can read. */
export const MEDIA_PARTS: readonly string[] = [
  'image',
  'image_url',
  'input_image',
  'output_image',
  'audio',
  'audio_url',
  'input_audio',
  'output_audio',
  'video',
  'video_url',
  'input_video',
  'file',
  'input_file',
  'document',
  'redacted_thinking',
  'inlineData',
  'inline_data',
  'fileData',
  'file_data',
  'thoughtSignature',
  'thought_signature',
];
/** Parts without a type, by the field that they have. */
export const UNTYPED_PARTS: ReadonlyMap<string, readonly string[]> = new Map([
  ['functionCall', ['functionCall.args']],
  ['function_call', ['function_call.args', 'function_call.arguments']],
  ['executableCode', ['executableCode.code']],
  ['executable_code', ['executable_code.code']],
]);
