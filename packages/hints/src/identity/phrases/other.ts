/** Turkish, Arabic, Hindi, Vietnamese and Indonesian. */
import type { ClaimPhrases } from '../claim-phrases.ts';

/** "Ben ChatGPT", "Ben OpenAI tarafından geliştirilen bir dil modeliyim". */
export const TURKISH: ClaimPhrases = {
  language: 'tr',
  spaced: true,
  open: 'ben',
  called: 'ad[ıi]m|benim ad[ıi]m|ismim|benim ismim',
  passive: '(?:ben,? )',
  passiveEnd: ' ?taraf[ıi]ndan (?:geliştirildim|eğitildim|yarat[ıi]ld[ıi]m|oluşturuldum|tasarland[ıi]m)',
  notAfter: ' ?değilim',
  fill: '(?:bir|sadece|yaln[ıi]zca|asl[ıi]nda|büyük|yeni|gelişmiş)',
  noun: '(?:yapay zek[aâ] )?(?:büyük )?(?:dil )?(?:modeli|model|asistan[ıi]?|sohbet robotu)|yapay zek[aâ]',
  named: ',? ?(?:ad[ıi]m)',
  link: '(?!)',
  made: 'geliştiril|eğitil|yarat[ıi]l|oluşturul|üretil',
  block: '(?<!\\p{L})(?:değil|gibi|kullan\\p{L}{1,8}|ama|farkl[ıi])(?!\\p{L})',
  and: 'bir|ve|ama',
  end: "['’ ]?(?:y?[iıuü]m|olarak)(?!\\p{L})",
  makerMade:
    "(?:['’]?(?:n?[ıiuü]n|in))?(?: (?:şirketi )?taraf[ıi]ndan)? ?(?:(?:geliştirilen|geliştirilmiş|eğitilen|eğitilmiş|yarat[ıi]lan|oluşturulan|üretilen|geliştirdiği) ?)?(?:(?:bir|büyük|bir büyük) )?",
};

/** "أنا ChatGPT، نموذج لغوي من تطوير OpenAI". */
export const ARABIC: ClaimPhrases = {
  language: 'ar',
  spaced: true,
  open: 'أنا|انا',
  called: 'اسمي|إسمي',
  role: 'بصفتي|كوني|باعتباري',
  self: '(?<!\\p{L})(?:أنا|لا|يمكنني|لدي|ليس|أستطيع)',
  passive: 'تم (?:تطويري|إنشائي|تدريبي)(?: من قبل| بواسطة| على يد)?(?: شركة)?',
  unless: '(?:إذا|قال|يقول|أن|هل|لو)،?:?',
  not: 'لست|لستُ|لَسْتُ|ليس|غير',
  fill: '(?:مجرد|فقط|هو|مساعدك|في الحقيقة|يدعى|كبير)',
  noun: '(?:نموذج|النموذج)(?: (?:لغوي|لغة|ذكاء اصطناعي))?(?: (?:كبير|كبيرة|ضخم))?|(?:مساعد|روبوت(?: دردشة)?|برنامج)(?: (?:ذكاء اصطناعي|ذكي|افتراضي|رقمي|يعمل بالذكاء الاصطناعي))?|ذكاء اصطناعي',
  named: '(?:يدعى|يسمى|اسمه|اسمي|باسم)',
  link: 'من|قبل|بواسطة|طورته|طوّرته|دربته|درّبته|أنشأته|صممته|تابع',
  made: 'طور|طوّر|تطوير|تدريب|درب|درّب|أنشأ|إنشاء|صمم|صنع',
  block: '(?<!\\p{L})(?:ليس|لست|مثل|يشبه|أستخدم|لكن|عن|مختلف)(?!\\p{L})',
  and: 'و|من|نموذج|مساعد|تم|لكن',
};

/** "मैं ChatGPT हूँ", "मैं OpenAI द्वारा विकसित एक भाषा मॉडल हूँ". */
export const HINDI: ClaimPhrases = {
  language: 'hi',
  spaced: true,
  open: 'मैं',
  called: 'मेरा नाम',
  role: '(?!)',
  passive: '(?:मुझे|मैं)',
  passiveEnd: ' ?(?:द्वारा|ने) (?:बनाया|विकसित|प्रशिक्षित|डिज़ाइन|तैयार)(?: किया)? (?:गया )?(?:है|हूँ|हूं|था)',
  notAfter: ' ?नहीं',
  fill: '(?:एक|सिर्फ|केवल|वास्तव में|आपका|आपकी|बड़ा|नया)',
  noun: '(?:बड़ा |बड़े )?(?:(?:ai|एआई|आर्टिफिशियल इंटेलिजेंस|कृत्रिम बुद्धिमत्ता) ?)?(?:भाषा )?(?:मॉडल|सहायक|असिस्टेंट|चैटबॉट|प्रोग्राम)|कृत्रिम बुद्धिमत्ता|आर्टिफिशियल इंटेलिजेंस|एआई(?!\\p{L})',
  named: '(?:जिसका नाम|नामक)',
  link: 'जिसे|जो|द्वारा',
  made: 'विकसित|बनाया|बनाई|प्रशिक्षित|निर्मित|तैयार',
  block: '(?<!\\p{L})(?:नहीं|जैसा|जैसे|तरह|उपयोग|लेकिन|अलग)(?![\\p{L}\\p{M}])',
  and: 'एक|और',
  end: ' ?(?:हूँ|हूं|हूॅं|है)(?! क्या)',
  makerMade:
    '(?: ?(?:द्वारा|का|की|के))?(?: ?(?:विकसित|निर्मित|प्रशिक्षित|बनाया|बनाई|तैयार))?(?: ?(?:किया|की|गया|गई|हुआ)){0,4} ?(?:एक |बड़ा )?',
};

/** "Tôi là ChatGPT, một mô hình ngôn ngữ được phát triển bởi OpenAI". */
export const VIETNAMESE: ClaimPhrases = {
  language: 'vi',
  spaced: true,
  open: 'tôi là|mình là|em là|tôi chính là|tôi không phải là|tôi không phải|mình không phải là',
  called: 'tên tôi là|tôi tên là|mình tên là|tên của tôi là',
  role: 'là|với tư cách là|như',
  self: '(?<!\\p{L})(?:tôi|mình)(?!\\p{L})',
  passive: '(?:tôi|mình) được (?:phát triển|tạo ra|đào tạo|huấn luyện|xây dựng|thiết kế) bởi',
  unless: '(?:nếu|nói|rằng|bảo|nghĩ),?:?',
  not: 'không phải(?: là)?',
  notInside: 'không',
  fill: '(?:một|chỉ|thực ra|của bạn|lớn|có tên(?: là)?|tên(?: là)?)',
  noun: '(?:mô hình|trợ lý|chatbot|hệ thống|chương trình)(?: ngôn ngữ)?(?: (?:lớn|ảo|ai|trí tuệ nhân tạo)){0,4}|trí tuệ nhân tạo|ai(?!\\p{L})',
  named: '(?:có tên(?: là)?|tên(?: là)?|được gọi là)',
  link: '(?<!\\p{L})(?:bởi|của|do|từ)(?!\\p{L})',
  made: 'phát triển|tạo ra|đào tạo|huấn luyện|xây dựng|thiết kế',
  block: '(?<!\\p{L})(?:không|như|giống|khác|sử dụng|dùng|nhưng|về)(?!\\p{L})',
  and: 'một|và|của|do|được|nhưng',
};

/** "Saya adalah ChatGPT, model bahasa yang dikembangkan oleh OpenAI". */
export const INDONESIAN: ClaimPhrases = {
  language: 'id',
  spaced: true,
  open: 'saya adalah|saya|aku adalah|aku',
  called: 'nama saya(?: adalah)?|namaku(?: adalah)?|nama aku',
  role: 'sebagai',
  self: '(?<!\\p{L})(?:saya|aku)(?!\\p{L})',
  passive: '(?:saya|aku) (?:dibuat|dikembangkan|dilatih|diciptakan|dirancang) oleh',
  unless: '(?:jika|kalau|bahwa|berkata|bilang|kata),?:?',
  not: 'bukan(?:lah)?|tidak',
  fill: '(?:adalah|ialah|hanya|hanyalah|cuma|sebenarnya|sebuah|seorang|besar|bernama)',
  noun: '(?:model|asisten(?! dosen)|chatbot|program|sistem)(?: bahasa)?(?: (?:besar|virtual|digital|ai|kecerdasan buatan)){0,4}|kecerdasan buatan|ai(?!\\p{L})',
  named: '(?:bernama|yang disebut|dengan nama)',
  link: '(?<!\\p{L})(?:oleh|dari|buatan)(?!\\p{L})',
  made: 'buatan|dibuat|dikembangkan|dilatih|diciptakan|dirancang',
  block: '(?<!\\p{L})(?:bukan|tidak|seperti|mirip|berbeda|menggunakan|memakai|tapi|tetapi|tentang)(?!\\p{L})',
  and: 'sebuah|dan|dari|yang|model|asisten|tetapi',
};
