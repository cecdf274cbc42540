import { countLanguages, loadLanguageIdentifier, UNDETERMINED } from '@countermark/hints';
import { describe, expect, it } from 'vitest';

const identify = await loadLanguageIdentifier();

describe('loadLanguageIdentifier', () => {
  it.each([
    ['en', 'The ship left the harbour early in the morning, and nobody saw her again.'],
    ['de', 'Das Schiff verließ am frühen Morgen den Hafen, und niemand hat es wieder gesehen.'],
    ['fr', 'Le navire quitta le port de bonne heure, et personne ne le revit jamais depuis.'],
    ['es', 'El barco salió del puerto muy temprano por la mañana y nadie volvió a verlo.'],
    ['ru', 'Корабль вышел из гавани рано утром, и больше его никто никогда не видел.'],
    ['zh', '这艘船一大早就离开了港口，从那以后再也没有人见过它。'],
    ['ja', 'その船は早朝に港を出て、それから二度と誰もその姿を見ることはなかった。'],
    ['ko', '그 배는 이른 아침에 항구를 떠났고 그 뒤로 아무도 그 배를 다시 보지 못했습니다.'],
    ['ar', 'غادرت السفينة الميناء في الصباح الباكر ولم يرها أحد بعد ذلك اليوم.'],
  ])('knows %s', (language, text) => {
    expect(identify(text)).toBe(language);
  });

  it.each(['', 'ok, 2024', '12345 67890 '.repeat(20), 'xq zk vv qj wx zq kx '.repeat(8)])(
    'finds no language in %j',
    (text) => {
      expect(identify(text)).toBe(UNDETERMINED);
    },
  );
});

describe('countLanguages', () => {
  it('lists the most frequent language first, and equally frequent ones by code', () => {
    const counts = countLanguages(['b', 'a', 'c', 'b'], (text) => text);
    expect(counts.documents).toBe(4);
    expect(Object.entries(counts.languages)).toEqual([
      ['b', 2],
      ['a', 1],
      ['c', 1],
    ]);
  });
});
