/** Polish, Russian and Ukrainian. */
import type { ClaimPhrases } from '../claim-phrases.ts';

/** "Jestem ChatGPT, model językowy stworzony przez OpenAI". */
export const POLISH: ClaimPhrases = {
  language: 'pl',
  spaced: true,
  open: 'jestem|ja jestem',
  called: 'nazywam się|mam na imię|moje imię to',
  role: 'jako',
  self: '(?<!\\p{L})(?:mogę|mam|jestem|nie|moje|mój|moja|ja|mnie)(?!\\p{L})',
  passive: '(?:zostałem|zostałam|zostałom) (?:stworzon|opracowan|wytrenowan|zaprojektowan)[yae] przez',
  unless: '(?:jeśli|czy|że|mówi|powiedział|myśli),?:?',
  notBefore: 'nie',
  not: 'nie',
  fill: '(?:tylko|po prostu|naprawdę|właściwie|twoim|waszym|dużym|wielkim|nowym|zaawansowanym|wirtualnym|pomocnym|o nazwie)',
  noun: 'model(?:em)?(?: językow(?:ym|y))?(?: (?:ai|sztucznej inteligencji))?|sztuczn(?:ą|a) inteligencj(?:ą|a)|(?:asystent(?:em|ką)?|chat-?bot(?:em)?)(?: (?:ai|sztucznej inteligencji))?|ai(?!\\p{L})',
  named: 'o nazwie|o imieniu|nazywanym',
  link: '(?<!\\p{L})(?:przez|od|firmy)(?!\\p{L})',
  made: 'stworzon|opracowan|wytrenowan|szkolon|zaprojektowan',
  block: '(?<!\\p{L})(?:nie|jak|podobn\\p{L}{1,4}|innym|używam|korzystam|ale|lecz|o|niż)(?!\\p{L})',
  and: 'i|model|modelem|stworzon\\p{L}{1,2}|ale|od|twoim|asystent|asystentem',
  makerLead: '(?:(?:stworzon|opracowan|wytrenowan|szkolon)\\p{L}{1,2} )?przez(?: firmę)?',
};

/** "Я — ChatGPT, языковая модель, разработанная OpenAI". */
export const RUSSIAN: ClaimPhrases = {
  language: 'ru',
  spaced: true,
  notWith: '[іїєґ]|мовн|розробл',
  open: 'я(?: ?[—–-])?(?: это)?|я являюсь',
  called: 'меня зовут|мо[её] имя(?: ?[—–-])?',
  role: 'как|будучи',
  self: '(?<!\\p{L})(?:я|мне|мой|моя|мои|меня)(?!\\p{L})',
  passive:
    '(?:я|меня) (?:был[аио]? )?(?:создан|разработан|обучен|создал|разработал|обучил)[аио]?(?: командой| компанией| компания| в)?',
  unless: '(?:если|что|сказал[аи]?|говорит|думает|ли),?:?',
  not: 'не',
  fill: '(?:это|просто|всего лишь|на самом деле|ваш|твой|большая|новая|виртуальный|цифровой|по имени|под названием)',
  noun: '(?:большая )?(?:языковая )?(?:ии[ -]?)?модель(?:ю)?(?: искусственного интеллекта)?|(?:языковой моделью)|искусственный интеллект|(?:ии[ -]?|виртуальный |голосовой )?(?:ассистент|помощник|чат-?бот|бот)(?: с искусственным интеллектом)?|ии(?!\\p{L})|нейросеть|нейросетевая модель',
  named: 'по имени|под названием|по имени|и меня зовут',
  link: '(?<!\\p{L})(?:от|из|компани\\p{L}{1,2}|создан\\p{L}{0,4}|разработан\\p{L}{0,4}|обучен\\p{L}{0,4})(?!\\p{L})',
  made: 'создан|разработан|обучен|сделан',
  block:
    '(?<!\\p{L})(?:не|как|похож\\p{L}{0,4}|отличи\\p{L}{1,3}|использую|использующ\\p{L}{2,4}|но|а|про)(?!\\p{L})',
  and: 'и|от|созданн\\p{L}{2,3}|разработанн\\p{L}{2,3}|но|языковая',
  makerLead: '(?:(?:созданн|разработанн|обученн)\\p{L}{2,3})?(?: ?компанией| ?в)?',
};

/** "Я — ChatGPT, мовна модель, розроблена OpenAI". */
export const UKRAINIAN: ClaimPhrases = {
  language: 'uk',
  spaced: true,
  open: 'я(?: ?[—–-])?(?: це)?|я є',
  called: "мене звати|мо[єе] ім['’ʼ]я(?: ?[—–-])?",
  role: 'як|будучи',
  self: '(?<!\\p{L})(?:я|мені|мій|моя|мої|мене)(?!\\p{L})',
  passive:
    '(?:я|мене) (?:був |була |було )?(?:створен|розроблен|навчен|створил|розробил|навчил)[а-яіїє]{1,2}(?: командою| компанією| компанія| в)?',
  unless: '(?:якщо|що|сказа(?:в|ла)|каже|думає|чи),?:?',
  not: 'не',
  fill: "(?:це|просто|лише|насправді|ваш|твій|велика|нова|віртуальний|цифровий|на ім['’ʼ]я|під назвою)",
  noun: '(?:велика )?(?:мовна )(?:ші[ -]?)?модель|модель штучного інтелекту|модель|штучний інтелект|(?:ші[ -]?|віртуальний )?(?:асистент|помічник|чат-?бот|бот)(?: зі штучним інтелектом)?|ші(?!\\p{L})',
  named: "на ім['’ʼ]я|під назвою|і мене звати",
  link: '(?<!\\p{L})(?:від|компані\\p{L}{1,2}|створен\\p{L}{0,3}|розроблен\\p{L}{0,3}|навчен\\p{L}{0,3})(?!\\p{L})',
  made: 'створен|розроблен|навчен',
  block: '(?<!\\p{L})(?:не|як|схож\\p{L}{0,4}|відмін\\p{L}{1,4}|використову\\p{L}{1,3}|але|а|про)(?!\\p{L})',
  and: 'і|й|та|від|створен\\p{L}{1,2}|розроблен\\p{L}{1,2}|але|мовна',
  makerLead: '(?:(?:створен|розроблен|навчен)\\p{L}{1,2})?(?: ?компанією)?',
};
