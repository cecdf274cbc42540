/** What a text must contain before it is read for claims: data of the search for it. */

/**
 * Pieces of names, of four or more characters, searched without regard to case in any text.
 *
 * Pieces, because the search is fast where their first four characters are rare together: "hropi", not "anthr". Names whose
 * maker stands beside them in practice need no piece of their own; "Meta" does not have one, which is half of "metal".
 */
export const LATIN_ANCHORS: readonly string[] = [
  ...[
    'tgpt',
    ' gpt',
    '-gpt',
    'xgpt',
    'penai',
    'pen ai',
    'laude',
    'hropi',
    'oogle',
    'emini',
    'gemma',
    'bard',
    'lamda',
    'epmin',
  ],
  ...[
    'ep mind',
    'llama',
    'meta ai',
    'facebook',
    'mistral',
    'ixtral',
    'pilot',
    'crosof',
    'grok',
    'x.ai',
    ' xai',
    'epseek',
  ],
  ...[
    'qwen',
    'ongyi',
    'libaba',
    'kimi',
    'nshot',
    'ubao',
    'ytedan',
    'aidu',
    'tglm',
    'glm-',
    'zhipu',
    'z.ai',
    'yi-34',
  ],
  ...[
    '01.ai',
    'nyuan',
    'encent',
    'imax',
    'ichua',
    'rnlm',
    'cohere',
    'mand r',
    'mand-r',
    'mazon',
    'alcon',
    'icuna',
    'lmsys',
  ],
  ...[
    'plexity',
    'yandex',
    'gacha',
    'sber',
    'motron',
    'vidia',
    'flection',
    'us rese',
    ' bing',
    'xai ',
    'qwq-',
    'o1-pre',
    'o1-mini',
    'o3-mini',
    'o3-pro',
    'o4-mini',
    'meta t',
    'meta c',
    'meta m',
    'meta b',
    'meta d',
  ],
];

/** Regular expression of names in other scripts, searched only in texts that have such letters. */
export const OTHER_ANCHORS: string =
  'gpt|xai|meta|гпт|антропик|клод|гугл|майкрософт|яндекс|сбер|гигачат|алиса|オープン|アンソロピック|クロード|グーグル|ジェミニ|マイクロソフト' +
  '|アリババ|コパイロット|챗|오픈|앤트로픽|앤스로픽|클로드|구글|제미나이|제미니|마이크로소프트|알리바바|जीपीटी|ओपन|एंथ्रोपिक|क्लॉड|गूगल|जेमिनी' +
  '|माइक्रोसॉफ्ट|شات جي|أوبن|أنثروبيك|كلود|غوغل|جوجل|جيمين|مايكروسوفت|克劳德|谷歌|微软|深度求索|通义|通義|千问|阿里|月之暗面|豆包|字节' +
  '|文心|百度|智谱|零一万物|混元|腾讯|百川|书生|上海人工智能';
