/** What the model answers where nobody gives it prompts: beginnings that any model of English can go on with. */
export const DEFAULT_PROMPTS: readonly string[] = [
  'The state of the nation is',
  'The old harbour was quiet that morning, and',
  'Among the causes of the war',
  'It is the duty of the Government to',
  'When the ship came in sight of land,',
  'The report of the committee shows that',
  'In those days there lived a man who',
  'What we know of the sea is',
];
