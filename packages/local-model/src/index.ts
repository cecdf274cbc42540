export { type ChatMessage, type ChatTemplate, ChatTemplateError } from './chat-template.ts';
export type { LocalModel, LocalModelOptions, TokenizerSource } from './local-model.ts';
export { DEMO, openLocalModel } from './open-local-model.ts';
export { promptTokens } from './prompt-tokens.ts';
