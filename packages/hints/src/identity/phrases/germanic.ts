/** English, German and Dutch. */
import type { ClaimPhrases } from '../claim-phrases.ts';

const SAID =
  'if|whether|pretend|imagine|suppose|assum(?:e|ing)|thinks?|thought|believes?|says?|said|claim(?:s|ed)?|as though|as if';

/** "I am ChatGPT", "I'm an AI assistant made by Anthropic". */
export const ENGLISH: ClaimPhrases = {
  language: 'en',
  spaced: true,
  open: "i am|i['’]?m|call me",
  called: "my name is|my name['’]s|i am called|i['’]m called",
  role: 'as',
  self: "\\b(?:i|i['’]m|my|me)\\b",
  passive:
    "(?:i was|i am|i['’]m|i have been|i['’]ve been) (?:made|created|developed|built|designed|trained and developed|developed and trained) by",
  unless: `(?:${SAID})(?: that)?,?:?`,
  not: "not|n't|no longer|never|neither",
  fill:
    '(?:an?|the|your|just|actually|indeed|only|simply|merely|really|basically|called|named|known as|large|big|helpful|friendly|harmless' +
    '|honest|advanced|powerful|new|sophisticated|conversational|digital|personal|multilingual|open[ -]source|intelligent|state[ -]of[ -]the[ -]art|generative|open[ -]weights?|reasoning|hybrid|multimodal|next[ -]generation|cutting[ -]edge|based on)',
  noun:
    '(?:ai|a\\.i\\.|artificial intelligence)[ -](?:powered )?(?:language |chat |virtual )?(?:assistant|model|system|chat ?bot|program|companion|bot)' +
    '|(?:conscious )?super-?intelligence|artificial intelligence|(?:large )?language model|llm|chat ?bot|(?:virtual |digital )?assistant(?! (?:professor|manager|director|editor|coach|teacher|principal))|model' +
    '|ai(?= ?(?:[,.;:!)(–—-]|$|named|called|made|created|developed|built|trained|designed|that|which|and|by|from))',
  named: 'named|called|known as|by the name of|and my name is|my name is',
  link: '\\b(?:by|from)\\b',
  made: '\\b(?:made|created|developed|built|trained|designed)\\b',
  block:
    "\\b(?:not|unlike|like|similar|than|us(?:e|es|ing)|competitor|different|rather|but|against|via|compared|isn['’]t|about|data)\\b",
  and: 'an?|the|and|your|by|made|created|developed|trained|built|designed|which|but|here|powered|based',
  makerMade: "['’]s|[ -]?(?:powered|trained|made|developed|built|based)",
};

/** "Ich bin ChatGPT", "Ich bin ein von OpenAI entwickeltes Sprachmodell". */
export const GERMAN: ClaimPhrases = {
  language: 'de',
  spaced: true,
  open: 'ich bin',
  called: 'mein name ist|mein name lautet|ich hei(?:ß|ss)e',
  role: 'als',
  self: '\\b(?:ich|mein\\p{L}{0,2}|mir|mich)\\b',
  passive: 'ich (?:wurde|bin) von',
  passiveEnd: 'entwickelt|trainiert|erstellt|geschaffen|erschaffen|programmiert',
  unless: '(?:sagte?|behauptete?|denk(?:e|st|t)|glaub(?:e|st|t)),?:?',
  not: 'nicht|kein(?:e|er)?',
  fill: '(?:ein(?:e|en)?|das|der|die|dein|ihr|nur|eigentlich|tatsächlich|einfach|gro(?:ß|ss)es|hilfreicher?|neues|fortschrittliches|virtueller?|digitaler?|künstliche[rs]?|namens)',
  noun: '(?:(?:ki|ai)[ -]?)?(?:basierte[rs]? )?(?:sprach-?modell|assistent(?:in)?|modell|chat-?bot|sprachassistent)|künstliche intelligenz|ki(?!\\p{L})',
  named: 'namens|mit (?:dem )?namen|und hei(?:ß|ss)e|genannt',
  link: '\\b(?:von|vom|durch)\\b',
  made: 'entwickelt|trainiert|erstellt|geschaffen|programmiert',
  block: '\\b(?:nicht|kein|keine|wie|anders|ähnlich|als|nutze|verwende|benutze|aber|sondern|über)\\b',
  and: 'ein|eine|das|der|und|dein|ihr|von|aber|entwickelt',
  makerLead: 'von|vom|durch',
  makerMade: ' ?(?:entwickelte|trainierte|erstellte|geschaffene|programmierte|basierte)[rsnm]?',
};

/** "Ik ben ChatGPT", "Ik ben een taalmodel ontwikkeld door OpenAI". */
export const DUTCH: ClaimPhrases = {
  language: 'nl',
  spaced: true,
  open: 'ik ben',
  called: 'mijn naam is|ik heet',
  role: 'als',
  self: '\\b(?:ik|mijn|mij|me)\\b',
  passive: 'ik (?:ben|werd) (?:gemaakt|ontwikkeld|getraind|gecreëerd) door',
  unless: '(?:zegt|zei|denkt?|dacht|gelooft?|of|dat),?:?',
  not: 'niet|geen',
  fill: '(?:een|de|het|je|jouw|uw|gewoon|eigenlijk|slechts|groot|grote|behulpzame|nieuw|virtuele|digitale|geavanceerde?|genaamd)',
  noun: '(?:(?:ai|ki)[ -]?)?(?:taal-?model|assistent|model|chat-?bot)|kunstmatige intelligentie|ai(?!\\p{L})',
  named: 'genaamd|met de naam|en ik heet',
  link: '\\b(?:door|van)\\b',
  made: 'gemaakt|ontwikkeld|getraind|gecreëerd|gebouwd',
  block: '\\b(?:niet|geen|zoals|anders|dan|gebruik|maar|over|lijkt)\\b',
  and: 'een|de|het|en|je|jouw|uw|van|door|maar|ontwikkeld',
  makerLead: 'door|van',
  makerMade: ' ?(?:ontwikkelde?|getrainde?|gemaakte?)',
};
