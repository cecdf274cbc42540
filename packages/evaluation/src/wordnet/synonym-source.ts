/** Words that may stand for each other. */
export interface SynonymSource {
  /**
   * Returns words that mean the same as `word`, other than itself, each one word of letters; in a fixed order, none if none
   * is known.
   *
   * @param word in small letters.
   */
  synonymsOf(word: string): readonly string[];
}
