/** Well-known assistants and who makes them: data. */

/** An assistant, or a maker's family of them. All names are regular expressions, matched without regard to case. */
export interface Assistant {
  /** Stable id, the maker's name. */
  readonly id: string;
  /** Names that nothing else has: after "I am", enough for a claim. */
  readonly names?: string;
  /** Names of people and things too: they need the maker or a word for an assistant beside them. */
  readonly sharedNames?: string;
  /** Names of the maker. */
  readonly makers: string;
  /** Whether people work there by the thousand, so that "Claude from there" is likelier a person. */
  readonly largeMaker?: true;
}

/** In the order in which they are tried. */
export const ASSISTANTS: readonly Assistant[] = [
  {
    id: 'openai',
    names:
      'chat[ -]?gpt|gpt-?[345]|gpt-?4o|gpt-?oss|o[134]-(?:mini|pro|preview)|чат[ -]?gpt|чат[ -]?гпт|챗[ -]?gpt|챗지피티|チャットgpt|चैट ?जीपीटी|شات جي بي تي',
    sharedNames: 'gpt|davinci|o[134]',
    makers: 'open ?ai|オープンai|오픈 ?ai|오픈에이아이|ओपन ?एआई|أوبن إيه آي|أوبن ?ai',
  },
  {
    id: 'anthropic',
    names: 'claude[ -](?:instant|opus|sonnet|haiku)|claude[ -][1-9]',
    sharedNames: 'claude|клод|クロード|클로드|克劳德|क्लॉड|كلود',
    makers: 'anthropic|антропик|アンソロピック|앤트로픽|앤스로픽|एंथ्रोपिक|أنثروبيك',
  },
  {
    id: 'google',
    names: 'google[ -](?:bard|gemini|gemma)|gemini[ -](?:pro|ultra|nano|flash)|gemma[ -][1-9]|lamda|palm 2',
    sharedNames: 'gemini|bard|gemma|ジェミニ|제미나이|제미니|जेमिनी|جيميناي|جيميني',
    makers: '(?:google[ -])?deep ?mind|google|гугл|グーグル|구글|गूगल|غوغل|جوجل|谷歌',
    largeMaker: true,
  },
  { id: 'nvidia', names: '(?:llama[ -]|nvidia[ -])?nemotron', makers: 'nvidia', largeMaker: true },
  {
    id: 'meta',
    names: 'meta[ -](?:llama|ai)|llama[ -]?[1-9]',
    sharedNames: 'llama',
    makers: 'meta ai|meta|facebook',
    largeMaker: true,
  },
  {
    id: 'mistral',
    names: 'mistral[ -](?:large|medium|small|7b|nemo|ai)|mixtral',
    sharedNames: 'le chat|mistral',
    makers: 'mistral ai|mistral',
  },
  {
    id: 'microsoft',
    names: '(?:microsoft|bing|github)[ -](?:copilot|chat)|phi-[1-9]',
    sharedNames: 'copilot|bing|sydney|phi|コパイロット',
    makers: 'microsoft|microsoft ai|майкрософт|マイクロソフト|마이크로소프트|माइक्रोसॉफ्ट|مايكروسوفت|微软',
    largeMaker: true,
  },
  { id: 'xai', names: 'grok[ -]?[1-9]', sharedNames: 'grok', makers: 'x\\.?ai' },
  { id: 'deepseek', names: 'deep ?seek|深度求索', makers: 'deep ?seek|深度求索' },
  {
    id: 'alibaba',
    names: 'qwq-\\d+b|qwen|tongyi qianwen|通义千问|通義千問|通义|千问',
    sharedNames: 'qwq',
    makers: 'alibaba(?: cloud)?|(?:the )?qwen team|阿里云|阿里巴巴|阿里|アリババ|알리바바',
    largeMaker: true,
  },
  {
    id: 'moonshot',
    names: 'kimi[ -](?:k[12]|chat|ai)',
    sharedNames: 'kimi',
    makers: 'moonshot(?: ai)?|月之暗面',
  },
  { id: 'bytedance', names: 'doubao|豆包', makers: 'byte ?dance|字节跳动|字节', largeMaker: true },
  {
    id: 'baidu',
    names: 'ernie[ -]?bot|文心一言|文心',
    sharedNames: 'ernie',
    makers: 'baidu|百度',
    largeMaker: true,
  },
  {
    id: 'zhipu',
    names: 'chat ?glm|glm-[1-9]|智谱清言',
    sharedNames: 'glm',
    makers: 'zhipu(?: ?ai)?|z\\.ai|智谱 ?ai|智谱',
  },
  { id: '01-ai', names: 'yi-(?:34b|6b|9b|large)', sharedNames: 'yi', makers: '01\\.ai|零一万物' },
  { id: 'tencent', names: 'hunyuan|混元', makers: 'tencent|腾讯', largeMaker: true },
  { id: 'minimax', names: 'minimax-[a-z0-9]+', sharedNames: 'minimax', makers: 'minimax' },
  { id: 'baichuan', names: 'baichuan|百川', makers: 'baichuan|百川' },
  {
    id: 'shanghai-ai-lab',
    names: 'intern ?lm|书生',
    makers: 'shanghai ai lab(?:oratory)?|上海人工智能实验室',
  },
  { id: 'cohere', names: 'command[ -]r\\+?|cohere command', sharedNames: 'command|coral', makers: 'cohere' },
  { id: 'amazon', names: 'amazon nova', sharedNames: 'nova|alexa', makers: 'amazon|aws', largeMaker: true },
  {
    id: 'tii',
    names: 'falcon[ -](?:7b|40b|180b)',
    sharedNames: 'falcon',
    makers: 'technology innovation institute|tii',
  },
  { id: 'lmsys', names: 'vicuna', makers: 'lmsys|large model systems organization' },
  { id: 'inflection', sharedNames: 'pi', makers: 'inflection(?: ai)?' },
  {
    id: 'nousresearch',
    names: 'nous hermes|hermes[ -][2-4]',
    sharedNames: 'hermes',
    makers: 'nous research',
  },
  { id: 'perplexity', names: 'perplexity ai', sharedNames: 'perplexity', makers: 'perplexity' },
  {
    id: 'yandex',
    names: 'yandex ?gpt',
    sharedNames: 'алиса|alice',
    makers: 'yandex|яндекс\\p{L}{0,3}',
    largeMaker: true,
  },
  { id: 'sber', names: 'giga ?chat|гигачат', makers: 'sber|сбер\\p{L}{0,6}', largeMaker: true },
];
