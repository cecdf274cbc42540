import { Parser } from 'htmlparser2';

/** What is no text for people. */
const UNSEEN = new Set([
  'script',
  'style',
  'noscript',
  'template',
  'head',
  'svg',
  'math',
  'iframe',
  'object',
]);
/** What begins and ends a line. */
const BLOCKS = new Set(
  'address article aside blockquote body br center dd details dialog div dl dt fieldset figcaption figure footer form h1 h2 h3 h4 h5 h6 header hr li main nav ol option p pre section summary table tbody td textarea tfoot th thead title tr ul'.split(
    ' ',
  ),
);

/** The text of a web page: what a browser shows, blocks each in lines of their own and spaces run together, but within `pre`. */
export function pageText(html: string): string {
  let text = '';
  let unseen = 0;
  let kept = 0;
  const endLine = (): void => {
    text = `${text.replace(/ +$/, '')}${text === '' || text.endsWith('\n') ? '' : '\n'}`;
  };
  const pieces: string[] = [];
  const flush = (): void => {
    // Ends of lines are looked at in short pieces only.
    if (text.length < 4096) return;
    const at = text.length - 256;
    pieces.push(text.slice(0, at));
    text = text.slice(at);
  };
  const parser = new Parser(
    {
      onopentag(name) {
        if (UNSEEN.has(name)) unseen++;
        if (name === 'pre' || name === 'textarea') kept++;
        if (BLOCKS.has(name)) endLine();
      },
      ontext(data) {
        if (unseen > 0) return;
        if (kept > 0) {
          text += data;
        } else {
          const run = data.replace(/[ \t\r\n\f]+/g, ' ');
          text += text === '' || /\s$/.test(text) ? run.trimStart() : run;
        }
        flush();
      },
      onclosetag(name) {
        if (UNSEEN.has(name)) unseen = Math.max(0, unseen - 1);
        if (name === 'pre' || name === 'textarea') kept = Math.max(0, kept - 1);
        if (BLOCKS.has(name)) endLine();
      },
    },
    { decodeEntities: true, lowerCaseTags: true },
  );
  parser.write(html);
  parser.end();
  return `${pieces.join('')}${text}`.trim();
}
