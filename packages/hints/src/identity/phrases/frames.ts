/** Frames of claims, by language. */
import type { ClaimFrame } from '../claim-frames.ts';

const END = '[ *_]{0,3}(?:[.!,;:…—–)]|$|\\n)';
const STOP = '[ *_]{0,3}(?:[.!…]|$|\\n)';
const CLAUSE =
  '(?:^|[,;:—–] |(?:and|but|since|because|as|that|yes,|well,|while|when|so) )(?:the company |the team at |researchers at |engineers at )?';
const MADE_ME =
  "(?:['’]s (?:team|researchers|engineers|people))?(?: ai)? (?:has |have |had |also |originally |first )?(?:trained|created|made|built|developed|designed|programmed|fine-tuned|released|released and trained) me" +
  // A person is made an offer, or cry, or trained for a job.
  '(?=[ *]{0,3}(?:[.!,;:…—–)]|$|\\n)| (?:to|and|so|but|using|from|by|in \\d{4}|on (?:an?|many|large|vast|lots|data|text|public|web|internet|books)|with (?:an?|reinforcement|human|data|text|many|large)|as an? (?:ai|assistant|language|large|chat|model|helpful))(?![\\p{L}]))';

const ENGLISH: readonly Omit<ClaimFrame, 'language'>[] = [
  { about: 'maker', before: CLAUSE, after: MADE_ME },
  {
    about: 'maker',
    before: 'my (?:creators?|developers?|makers?|trainers?)(?:,| at| over at| from|, the team at)? ',
    after: '(?![\\p{L}])',
  },
  {
    about: 'maker',
    before: 'i (?:follow|am bound by|must follow|have to follow|adhere to|comply with|abide by) ',
    after: "['’]s (?:[a-z-]+ ){0,2}(?:policy|policies|guidelines|rules|principles)",
  },
  {
    about: 'maker',
    before:
      "(?:i was|i am|i[’']m|i have been|i[’']ve been) (?:pre-?trained|trained|fine-tuned|released|programmed) by ",
    after:
      "(?![’']|[ ]?[\\p{L}]*(?: staff| manager| engineer| recruit))(?=[^.!?\\n]{0,60}\\b(?:data|text|method|model|tokens|weights|cutoff|ai|constitution)|[ *]{0,3}(?:[.,!;]|$|and )(?! (?:as|on|in|for|before|when) ))",
  },
  {
    about: 'name',
    before:
      "(?:you are|you[’']re|you were|you[’']ve been) (?:now |currently |actually |really |just |indeed )?(?:talking|speaking|chatting|conversing|interacting) (?:to|with) ",
    after: END,
  },
  {
    about: 'name',
    before:
      "the (?:assistant|ai|model|chatbot) (?:that |which )?you(?:[’']re| are) (?:talking|speaking|chatting) (?:to|with) (?:is|here is|right now is) ",
    after: END,
  },
  {
    about: 'name',
    before: '(?:^|[,;] |but |and |since |because )(?:as|being) ',
    after: "(?: \\d\\S{0,3})?[ *]{0,2},? (?:an? [^.!?\\n,]{3,60}, )?(?:i(?: |['’]m|['’]ve|['’]ll)|my )",
  },
  { about: 'name', before: '(?:^|, )i, ', after: ',' },
  {
    about: 'name',
    before: "(?:i am|i['’]m) ",
    after:
      ", one of (?:the |openai['’]s |anthropic['’]s |google['’]s |meta['’]s |their )?(?:[a-z-]+ ){0,3}(?:models?|assistants?|chatbots?)(?![\\p{L}])",
  },
  {
    about: 'name',
    before: "(?:^|[,;] |and |but )(?:this is|it is|it['’]s) ",
    after: ' ?(?:speaking|talking|answering|replying|writing|responding|here)(?! \\w+ing the)',
  },
  {
    about: 'name',
    before: '(?:^|[,;] )this is ',
    after: `(?=${STOP})(?!\\n?[^.!]{0,3}\\p{N})|, (?:happy|glad|ready|here|at your|your|how|what)(?![\\p{L}])`,
  },
  {
    about: 'name',
    before: '(?:^|(?:hi|hello|hey|sure|yes|hi there|hello there|greetings)[,!.] )',
    after:
      '(?:,? at your service| here(?:[.!:—–]|, (?:ready|happy|how|what|glad|at your|your|an? (?:ai|assistant|language))|$))',
  },
  {
    about: 'name',
    before:
      "(?:i am|i[’']m|i run|i was|i[’']m running|i am running)(?: an? (?:ai |virtual |language )?(?:assistant|model|chatbot|system|ai))? (?:based|built|running|powered|run|on top of)?(?: ?(?:on|by|upon|off))? (?:(?:openai|anthropic|google|meta|alibaba|mistral|microsoft|deepseek|xai)[’']s )?(?:the )?(?:latest )?",
    after:
      '(?: (?:model|architecture|family|series|language model|reasoning model)(?![\\p{L}])|[.,;] (?:developed|made|created|built|trained) by )',
  },
  { about: 'name', before: "(?:i am|i[’']m) (?:also )?(?:known as|called|named) ", after: END },
  {
    about: 'maker',
    before: "(?:i was|i am|i[’']m|i have been) (?:made|created|developed|built|designed) (?:at|over at) ",
    after: END,
  },
  {
    about: 'maker',
    before: CLAUSE,
    after:
      ' (?:is|are) my (?:creators?|developers?|makers?)(?![\\p{L}])|, (?:my (?:creators?|developers?|makers?)|the (?:company|lab|team|people) (?:that|who|which) (?:trained|created|made|built|developed) me)(?![\\p{L}])',
  },
  {
    about: 'name',
    before:
      "(?:i go by|you can call me|people call me|the name['’]s|i answer to|i[’']m powered by|i am powered by|i identify as) (?:the name )?",
    after: END,
  },
  {
    about: 'name',
    before: "my name (?:is|[’']s) ",
    after:
      ' and (?:i|my)(?![\\p{L}])[^.!?\\n]{0,40}(?:developed|made|created|built|trained|run on|model|assistant)',
  },
];

/** What other languages say around a name; their openings are elsewhere. */
const OTHERS: readonly ClaimFrame[] = [
  {
    language: 'es',
    about: 'maker',
    before: CLAUSE,
    after: ' me (?:ha )?(?:entrenó|creó|desarrolló|diseñó|entrenado|creado|desarrollado|diseñado)',
  },
  {
    language: 'es',
    about: 'name',
    before: '(?:estás|está|estas) (?:hablando|chateando|conversando) con ',
    after: END,
  },
  {
    language: 'es',
    about: 'name',
    before: '(?:^|, )como ',
    after: ', (?:no|puedo|soy|fui|estoy|mi|tengo|intento)(?![\\p{L}])',
  },
  {
    language: 'fr',
    about: 'maker',
    before: CLAUSE,
    after: " m['’]a (?:créée?|entraînée?|développée?|conçue?)",
  },
  {
    language: 'fr',
    about: 'name',
    before: '(?:vous parlez|tu parles|vous discutez|tu discutes) (?:à|avec) ',
    after: END,
  },
  { language: 'fr', about: 'name', before: '(?:^|, )en tant que ', after: ", j(?:e |['’])" },
  {
    language: 'de',
    about: 'maker',
    before: CLAUSE,
    after: ' hat mich (?:entwickelt|trainiert|erschaffen|geschaffen|erstellt|gebaut|programmiert)',
  },
  {
    language: 'de',
    about: 'name',
    before: '(?:sie sprechen|du sprichst|sie chatten|du chattest|sie reden|du redest) (?:gerade |hier )?mit ',
    after: END,
  },
  {
    language: 'de',
    about: 'name',
    before: '(?:^|, )als ',
    after: ' (?:kann|habe|bin|versuche|möchte|wurde|darf|weiß) ich',
  },
  {
    language: 'pt',
    about: 'maker',
    before: '(?:^|[,;:] |e |mas |pois )(?:a |o )?',
    after: ' me (?:criou|treinou|desenvolveu|projetou)',
  },
  {
    language: 'pt',
    about: 'name',
    before: '(?:você está|estás a|está a) (?:falando|conversando|falar|conversar) com (?:o |a )?',
    after: END,
  },
  {
    language: 'pt',
    about: 'name',
    before: '(?:^|, )como (?:o |a )?',
    after: ', (?:não|posso|sou|fui|eu|meu|tenho)(?![\\p{L}])',
  },
  { language: 'it', about: 'maker', before: CLAUSE, after: ' mi ha (?:creat|addestrat|sviluppat|progettat)' },
  { language: 'it', about: 'name', before: '(?:stai|state|sta) (?:parlando|chattando) con ', after: END },
  {
    language: 'it',
    about: 'name',
    before: '(?:^|, )(?:come|in quanto) ',
    after: ', (?:non|posso|sono|mi|il mio|ho)(?![\\p{L}])',
  },
  {
    language: 'nl',
    about: 'maker',
    before: CLAUSE,
    after: ' heeft (?:mij|me) (?:gemaakt|ontwikkeld|getraind|gebouwd|gecreëerd)',
  },
  {
    language: 'nl',
    about: 'name',
    before: '(?:je praat|u praat|je spreekt|u spreekt|je chat) (?:nu )?met ',
    after: END,
  },
  {
    language: 'pl',
    about: 'maker',
    before: '(?:^|[,;:] |firma )',
    after: ' (?:mnie )?(?:stworzył|wytrenował|opracował|zaprojektował)[ao]?(?: mnie)?(?![\\p{L}])',
  },
  { language: 'pl', about: 'name', before: 'rozmawia(?:sz|cie) z ', after: END },
  {
    language: 'ru',
    about: 'maker',
    before:
      '(?:меня|я) (?:был[аио]? )?(?:создан|разработан|обучен|создал|разработал|обучил)[аио]?(?: в| компани\\p{L}{1,2}| команд\\p{L}{1,2})? ',
    after: '',
  },
  {
    language: 'ru',
    about: 'maker',
    before: '(?:^|[,;:] |компания )',
    after: ' (?:создал|обучил|разработал)[аи]? меня',
  },
  {
    language: 'ru',
    about: 'name',
    before: '(?:вы разговариваете|ты разговариваешь|вы общаетесь|ты общаешься|вы говорите) с(?:о)? ',
    after: END,
  },
  {
    language: 'uk',
    about: 'maker',
    before:
      '(?:мене|я) (?:був |була )?(?:створен|розроблен|навчен|створил|розробил|навчил)[а-яіїє]{1,2}(?: в| у| компані\\p{L}{1,2}| команд\\p{L}{1,2})? ',
    after: '',
  },
  {
    language: 'uk',
    about: 'maker',
    before: '(?:^|[,;:] |компанія )',
    after: ' (?:створил|навчил|розробил)[аи] мене',
  },
  {
    language: 'tr',
    about: 'maker',
    before: '(?:^|[,;:] |beni )',
    after: '(?: beni)? (?:eğitti|geliştirdi|yarattı|oluşturdu)',
  },
  {
    language: 'vi',
    about: 'maker',
    before: '(?:^|[,;:] )',
    after: ' (?:đã )?(?:tạo ra|phát triển|huấn luyện|đào tạo|xây dựng) (?:ra )?tôi',
  },
  {
    language: 'id',
    about: 'maker',
    before: '(?:^|[,;:] )',
    after: ' (?:menciptakan|melatih|mengembangkan|membuat) saya',
  },
  {
    language: 'zh',
    about: 'maker',
    before: '',
    after: '(?:公司|团队|團隊)?(?:开发|開發|训练|訓練|创造|創造|研发|打造|创建)了我',
  },
  {
    language: 'zh',
    about: 'name',
    before: '(?:你|您)(?:正在|现在)?(?:和|与|跟|同)',
    after: '(?:对话|聊天|交谈|说话)',
  },
  {
    language: 'ja',
    about: 'maker',
    before: '私は、?',
    after:
      '(?:社)?(?:に(?:よって|より)|で)(?:開発|作成|訓練|トレーニング|設計|作)(?:さ|ら)れ(?:まし|てい|た(?:もの|存在|ので|。))',
  },
  {
    language: 'ko',
    about: 'maker',
    before: '(?:저는|나는|저를|나를) ',
    after: '(?:에서|이|가|에 의해)? ?(?:저를 |나를 )?(?:개발|훈련|만들|제작)',
  },
  {
    language: 'ar',
    about: 'maker',
    before: '',
    after: ' (?:طورتني|طوّرتني|دربتني|درّبتني|أنشأتني|صنعتني|صممتني)',
  },
  { language: 'hi', about: 'maker', before: 'मुझे ', after: ' ?(?:ने|द्वारा)' },
];

// Languages without openings: "I am NAME", "my name is NAME", "I was made by MAKER". Shared names need an assistant's words beside them.
interface Words {
  readonly language: string;
  readonly am: string;
  readonly not: string;
  readonly end?: string;
  readonly made: string;
  readonly evidence: string;
}

const AI = '(?<![\\p{L}])(?:AI|IA|KI|MI|LLM)(?![\\p{L}])|GPT|Anthropic|OpenAI';
const LANGUAGES: readonly Words[] = [
  {
    language: 'cs',
    am: '(?:já )?jsem|jmenuji se|jmenuju se|mé jméno je|moje jméno je',
    not: 'nejsem',
    made: '(?:byl[ao]? jsem|jsem byl[ao]?) (?:vytvořen|vyvinut|natrénován|vytrénován)[ao]? (?:společností|firmou|týmem)',
    evidence: `jazykov|asistent|umělá inteligence|umělé inteligence|model|chatbot|${AI}`,
  },
  {
    language: 'sv',
    am: 'jag är|jag heter|mitt namn är',
    not: 'jag är inte|jag heter inte',
    made: 'jag (?:är|blev|har blivit) (?:skapad|utvecklad|tränad|byggd) av',
    evidence: `språkmodell|assistent|artificiell intelligens|modell|${AI}`,
  },
  {
    language: 'da',
    am: 'jeg er|jeg hedder|mit navn er',
    not: 'jeg er ikke|jeg hedder ikke',
    made: 'jeg (?:er|blev) (?:skabt|udviklet|trænet|bygget|lavet) af',
    evidence: `sprogmodel|assistent|kunstig intelligens|model|${AI}`,
  },
  {
    language: 'no',
    am: 'eg er|jeg heter|eg heiter|navnet mitt er|mitt navn er',
    not: 'eg er ikkje|jeg heter ikke',
    made: '(?:jeg|eg) (?:er|ble|vart) (?:laget|utviklet|trent|skapt|bygget) av',
    evidence: `språkmodell|assistent|kunstig intelligens|modell|${AI}`,
  },
  {
    language: 'fi',
    am: '(?:minä )?olen|nimeni on',
    not: '(?:minä )?en ole',
    made: 'minut (?:on )?(?:luonut|kehittänyt|kouluttanut|loi|kehitti|koulutti)',
    evidence: `kielimalli|avustaja|tekoäly|assistentti|${AI}`,
  },
  {
    language: 'hu',
    am: '(?:én )?(?:a )?|a nevem',
    not: '(?!)',
    end: ' vagyok',
    made: '(?!)',
    evidence: `nyelvi modell|asszisztens|mesterséges intelligencia|modell|${AI}`,
  },
  {
    language: 'ro',
    am: '(?:eu )?sunt|mă numesc|ma numesc|numele meu este',
    not: '(?:eu )?nu sunt|nu mă numesc',
    made: 'am fost (?:creat|dezvoltat|antrenat|instruit)[ăa]? de(?: către)?',
    evidence: `model|asistent|inteligenț|lingvistic|chatbot|${AI}`,
  },
  {
    language: 'el',
    am: '(?:εγώ )?είμαι(?: (?:το|ο|η))?|με λένε|ονομάζομαι|το όνομά μου είναι',
    not: 'δεν είμαι(?: (?:το|ο|η))?|δεν με λένε',
    made: '(?:δημιουργήθηκα|αναπτύχθηκα|εκπαιδεύτηκα) από(?: την| τη| το)?',
    evidence: `μοντέλο|βοηθός|τεχνητή|νοημοσύνη|${AI}`,
  },
  {
    language: 'he',
    am: 'אני(?: הוא)?|שמי(?: הוא)?|קוראים לי',
    not: 'אני לא|אינני',
    made: '(?:נוצרתי|פותחתי|אומנתי) (?:על ידי|בידי)(?: חברת)?',
    evidence: `מודל|עוזר|בינה מלאכותית|${AI}`,
  },
  {
    language: 'th',
    am: '(?:ฉัน|ผม|ดิฉัน|หนู)(?:คือ|ชื่อ|เป็น)',
    not: '(?:ฉัน|ผม|ดิฉัน|หนู)ไม่ใช่',
    made: '(?:ฉัน|ผม|ดิฉัน)(?:ถูก|ได้รับการ)(?:สร้าง|พัฒนา|ฝึก)(?:ขึ้น)?โดย',
    evidence: `โมเดล|ผู้ช่วย|ปัญญาประดิษฐ์|${AI}`,
  },
  {
    language: 'fa',
    am: '(?:من|اسم من|نام من)',
    not: '(?!)',
    end: ' (?:هستم|است)|،[^.!؟\\n]{0,80}(?:هستم|است)',
    made: '(?:من )?(?:توسط|به دست)(?: شرکت)?',
    evidence: `مدل|دستیار|هوش مصنوعی|${AI}`,
  },
  {
    language: 'bn',
    am: 'আমি|আমার নাম',
    not: '(?!)',
    made: 'আমাকে',
    evidence: `মডেল|সহকারী|কৃত্রিম|${AI}`,
  },
];

function framesOf({ language, am, not, end, made, evidence }: Words): readonly ClaimFrame[] {
  const after = end ?? (language === 'th' ? '' : '(?![\\p{L}])(?! (?:নই|নয়))');
  return [
    { language, about: 'name', before: `(?:${not}) `, after: '', denies: true },
    {
      language,
      about: 'name',
      before: `(?<![\\p{L}\\p{M}])(?:${am})${end === undefined || language === 'fa' ? ' ?' : ''}`,
      after,
      shared: evidence,
    },
    {
      language,
      about: 'maker',
      before: `(?<![\\p{L}\\p{M}])(?:${made}) `,
      after:
        language === 'fa'
          ? ' (?:ساخته|توسعه|آموزش)[^.!؟\\n]{0,20}(?:شده‌?ام|شدم)'
          : language === 'bn'
            ? ' (?:তৈরি|বানিয়েছে|প্রশিক্ষণ)'
            : '',
    },
  ];
}

/** Every frame. Denials come first. */
export const CLAIM_FRAMES: readonly ClaimFrame[] = [
  ...LANGUAGES.flatMap(framesOf),
  ...ENGLISH.map((frame) => ({ ...frame, language: 'en' })),
  ...OTHERS,
  { language: 'ja', about: 'name', before: '^', after: 'と申します' },
  {
    language: 'zh',
    about: 'name',
    before: '我是',
    after: '[^。！？\\n]{0,4}[，,]',
    shared: '由|人工智能|助手|模型',
  },
  {
    language: 'zh',
    about: 'maker',
    before: '(?:我是由|我由)',
    after: '(?:公司|团队|團隊)?(?:所)?(?:开发|開發|训练|訓練|创造|创建|研发|打造)的?',
  },
];
