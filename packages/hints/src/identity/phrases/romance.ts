/** Spanish, French, Portuguese and Italian. */
import type { ClaimPhrases } from '../claim-phrases.ts';

/** "Soy ChatGPT, un modelo de lenguaje creado por OpenAI". */
export const SPANISH: ClaimPhrases = {
  language: 'es',
  spaced: true,
  open: 'soy|yo soy',
  called: 'me llamo|mi nombre es',
  role: 'como',
  self: '(?:^|[ ,])(?:no|puedo|tengo|soy|estoy|fui|mi|me|yo|carezco)\\b',
  passive: '(?:fui|he sido|yo fui) (?:cread[oa]|desarrollad[oa]|entrenad[oa]|diseñad[oa]) por',
  unless: '(?:si|dice|dijo|que|cree|pens[oó]|¿),?:?',
  notBefore: '(?:no|nunca|tampoco)',
  not: 'no',
  fill: '(?:una?|el|la|tu|su|solo|sólo|simplemente|realmente|llamad[oa]|gran|nuev[oa]|avanzad[oa]|virtual|útil)',
  noun: '(?:gran )?modelo(?: (?:grande )?de (?:lenguaje|ia|inteligencia artificial))?|inteligencia artificial|ia(?!\\p{L})|(?:asistente|chatbot|programa|sistema)(?: (?:virtual|conversacional|digital))?(?: (?:de (?:ia|inteligencia artificial)|con ia))?',
  named: 'llamad[oa]|de nombre|conocid[oa] como|y me llamo',
  link: '\\b(?:por|de)\\b',
  made: 'cread|desarrollad|entrenad|diseñad|hech[oa]',
  block: '\\b(?:no|como|similar|diferente|distint[oa]|uso|utilizo|usando|pero|sino|sobre|parecid[oa])\\b',
  and: 'una?|el|la|y|tu|de|por|cread[oa]|desarrollad[oa]|pero',
  makerLead: '(?:(?:cread|desarrollad|entrenad)[oa] )?(?:por|de)',
  makerMade: '(?:como )?',
};

/** "Je suis ChatGPT, un modèle de langage développé par OpenAI". */
export const FRENCH: ClaimPhrases = {
  language: 'fr',
  spaced: true,
  open: "je suis|je ne suis|je n['’]suis|moi, c['’]est",
  called: "je m['’]appelle|mon nom est",
  role: "en tant que?|en tant qu['’]",
  self: "(?:^|[ ,])(?:je|j['’]|mon|ma|mes|me|m['’])",
  passive: "j['’]ai été (?:créée?|développée?|entraînée?|conçue?) par",
  unless: '(?:si|dit|disait|que|pense|croit),?:?',
  not: 'pas|plus|ni',
  notInside: "n(?:e |['’])suis",
  fill: "(?:une?|l['’]|le|la|votre|ton|seulement|simplement|juste|vraiment|en fait|appelée?|grand|nouveau|nouvelle|simple)",
  noun: "(?:grand )?modèle(?: (?:linguistique|de langage|de langue|d['’](?:ia|intelligence artificielle)))?|intelligence artificielle|ia(?!\\p{L})|(?:assistante?|chatbot|agent conversationnel|programme)(?: (?:virtuele?|virtuelle|conversationnel|numérique))?(?: (?:ia|d['’]ia|d['’]intelligence artificielle))?",
  named: 'appelée?|nommée?|du nom de|connu sous le nom de',
  link: "\\b(?:par|de)\\b|d['’]",
  made: 'créé|développé|entraîné|conçu|formé',
  block: '\\b(?:pas|comme|similaire|différente?|utilise|utilisant|mais|sur|contrairement|semblable)\\b',
  and: 'une?|le|la|et|votre|ton|de|par|créé|développé|mais',
  makerLead: '(?:(?:créée?|développée?|entraînée?) )?(?:par|de)',
};

/** "Sou o ChatGPT, um modelo de linguagem criado pela OpenAI". */
export const PORTUGUESE: ClaimPhrases = {
  language: 'pt',
  spaced: true,
  open: 'sou|eu sou',
  called: 'meu nome é|o meu nome é|(?:eu )?me chamo|chamo-me',
  role: 'como',
  self: '(?:^|[ ,])(?:não|posso|tenho|sou|estou|fui|meu|minha|eu|me)(?!\\p{L})',
  passive: '(?:eu )?fui (?:criad[oa]|desenvolvid[oa]|treinad[oa]) (?:por|pel[ao])',
  unless: '(?:se|diz|disse|que|acha|pensa),?:?',
  notBefore: '(?:não|nunca)',
  not: 'não',
  fill: '(?:uma?|o|a|seu|sua|apenas|simplesmente|realmente|chamad[oa]|grande|nov[oa]|avançad[oa]|útil)',
  noun: '(?:grande )?modelo(?: (?:grande )?de (?:linguagem|língua|ia|inteligência artificial))?|inteligência artificial|ia(?!\\p{L})|(?:assistente|chatbot|programa|sistema)(?: (?:virtual|conversacional|digital))?(?: (?:de (?:ia|inteligência artificial)|com ia))?',
  named: 'chamad[oa]|de nome|conhecid[oa] como',
  link: '(?<!\\p{L})(?:por|pel[ao]|d[aeo])(?!\\p{L})',
  made: 'criad|desenvolvid|treinad|projetad',
  block: '(?<!\\p{L})(?:não|como|semelhante|diferente|uso|utilizo|usando|mas|sobre|parecid[oa])(?!\\p{L})',
  and: 'uma?|o|a|e|seu|sua|d[aeo]|por|pel[ao]|criad[oa]|desenvolvid[oa]|mas',
  makerLead: '(?:(?:criad|desenvolvid|treinad)[oa] )?(?:por|pel[ao]|d[ao])',
};

/** "Sono ChatGPT, un modello linguistico sviluppato da OpenAI". */
export const ITALIAN: ClaimPhrases = {
  language: 'it',
  spaced: true,
  open: 'sono|io sono',
  called: 'mi chiamo|il mio nome è',
  role: 'come|in quanto|in qualità di',
  self: '(?:^|[ ,])(?:non|posso|ho|sono|mio|mia|mi|io)(?!\\p{L})',
  passive: '(?:io )?sono stat[oa] (?:creat|sviluppat|addestrat|progettat)[oa] da(?:l|lla)?',
  unless: '(?:se|dice|disse|detto|che|crede|pensa|loro|essi),?:?',
  notBefore: '(?:non|né)',
  not: 'non',
  fill: "(?:un[oa]?|un['’]|il|lo|la|l['’]|il tuo|il vostro|solo|soltanto|semplicemente|davvero|chiamat[oa]|grande|nuov[oa]|avanzat[oa])",
  noun: '(?:grande )?modello(?: (?:linguistico|di linguaggio|di (?:ia|intelligenza artificiale)))?(?: di grandi dimensioni)?|intelligenza artificiale|ia(?!\\p{L})|(?:assistente|chatbot|programma)(?: (?:virtuale|conversazionale|digitale))?(?: (?:ia|ai|di intelligenza artificiale))?',
  named: 'chiamat[oa]|di nome|noto come',
  link: '(?<!\\p{L})(?:da|dal|dalla|di)(?!\\p{L})',
  made: 'creat|sviluppat|addestrat|progettat',
  block: '(?<!\\p{L})(?:non|come|simile|divers[oa]|uso|utilizzo|usando|ma|su|bensì)(?!\\p{L})',
  and: 'un|una|il|la|l|e|di|da|creat[oa]|sviluppat[oa]|ma',
  makerLead: '(?:(?:creat|sviluppat|addestrat)[oa] )?da(?:l|lla)?',
};
