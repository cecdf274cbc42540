import {
  type DiversityMeasures,
  type FrequentPhrases,
  HUMAN_DIVERSITY,
  type HumanDiversity,
  type IdentityTallyJson,
  shownMeasures,
} from '@countermark/hints';
import { type Cell, countOf, dataTable, escapeHtml, formatCount } from '@countermark/report';
import type { ScanSummary } from '../merge/scan-summary.ts';
import { languageName } from './languages-section.ts';
import { TABLE_ROWS } from './page-rows.ts';
import { shownName } from './shown-name.ts';

/** Renders what may be worth a look, apart from all that is evidence. */
export function hintsSection({ leads }: ScanSummary): string {
  return `<section class="aside">
<h2>Leads, not evidence</h2>
<p><strong>Nothing in this box proves anything, and none of it is part of any p-value on this page.</strong> It may say where to look next. People quote assistants, and some people’s texts are alike.</p>
${identityPart(leads.identity)}${diversityPart(leads.diversity)}${frequentPart(leads.frequent)}</section>
`;
}

function identityPart({
  documents,
  documentsWithClaim,
  documentsWithDenial,
  claims,
  examples,
}: IdentityTallyJson): string {
  const ranked = [...claims].sort((a, b) => b.claims - a.claims);
  const shown = ranked.slice(0, TABLE_ROWS);
  const listed = examples.slice(0, TABLE_ROWS);
  const tables =
    claims.length === 0
      ? ''
      : `${dataTable({
          caption: 'Claims to be an assistant, by assistant and language.',
          headings: ['assistant', 'language', 'claims'],
          rows: shown.map(({ assistant, language, claims: count }) => [
            { html: shownName(assistant) },
            { html: languageName(language) },
            { text: formatCount(count), value: count },
          ]),
          left: claims.length - shown.length,
        })}${exampleTable(listed, examples.length - listed.length)}`;
  return `<h3>Who the documents say they are by</h3>
<p>${countOf(documentsWithClaim, 'document')} of ${formatCount(documents)} ${documentsWithClaim === 1 ? 'claims' : 'claim'} to be an assistant’s, and ${formatCount(documentsWithDenial)} ${documentsWithDenial === 1 ? 'denies' : 'deny'} to be some assistant.</p>
${tables}`;
}

function exampleTable(examples: IdentityTallyJson['examples'], left: number): string {
  if (examples.length === 0) return '';
  return dataTable({
    caption: 'Examples, chosen by hash. Records are counted from 0.',
    headings: ['assistant', 'text around the claim', 'file', 'record'],
    rows: examples.map(({ assistant, snippet, file, record }) => [
      { html: shownName(assistant) },
      { html: shownName(snippet) },
      { html: shownName(file) },
      { text: formatCount(record), value: record },
    ]),
    left,
  });
}

// Of each kind of text by people, the passages whose length is nearest to that of the documents.
function referencesFor({ meanWords }: DiversityMeasures): readonly HumanDiversity[] {
  const distance = ({ measures }: HumanDiversity): number =>
    Math.abs(Math.log((measures.meanWords ?? 1) / Math.max(1, meanWords ?? 1)));
  const kinds = [...new Set(HUMAN_DIVERSITY.map(({ kind }) => kind))];
  return kinds.flatMap((kind) =>
    HUMAN_DIVERSITY.filter((human) => human.kind === kind)
      .sort((a, b) => distance(a) - distance(b))
      .slice(0, 1),
  );
}

function diversityPart(measures: DiversityMeasures): string {
  const people = referencesFor(measures);
  const own = shownMeasures(measures, 'documents');
  const others = people.map((human) => shownMeasures(human.measures, 'documents'));
  const references = people.map(({ source }, i) => `Text by people ${i + 1}: ${escapeHtml(source)}.`);
  return `<h3>How varied the documents are</h3>
${dataTable({
  caption:
    'Measures of a sample of the documents, and of text by people in passages of the nearest length that was measured. Other languages, subjects and lengths have other values.',
  headings: [
    'measure',
    'this corpus',
    ...people.map(
      ({ kind, characters }, i) => `people ${i + 1}: ${kind}, ${formatCount(characters)} characters`,
    ),
  ],
  rows: own.map(({ name }, i): Cell[] => [
    { html: name },
    ...[own, ...others].map((each) => {
      const { value = null, text = '' } = each[i] ?? {};
      return { text, value: value ?? Number.NEGATIVE_INFINITY };
    }),
  ]),
})}<p class="note">Compare like with like: code by people is less varied than a model’s prose, and short documents than long ones. Among documents of one kind and length, students of a model tend to be less varied than people: fewer different words, more overlap, more compression. ${references.join(' ')}</p>
`;
}

function frequentPart({ documents, whole, openings, endings, phrases }: FrequentPhrases): string {
  const lists = [
    ['begin with', openings, documents],
    ['end with', endings, whole],
    ['have somewhere', phrases, documents],
  ] as const;
  const rows = lists.flatMap(([where, list, among]) =>
    list.map((phrase): Cell[] => [
      { html: where },
      { html: shownName(phrase.words) },
      { text: `${formatCount(phrase.documents)} of ${formatCount(among)}`, value: phrase.documents },
    ]),
  );
  if (rows.length === 0) return '';
  return `<h3>What the documents have in common</h3>
${dataTable({
  caption: `Five words that several documents of the sample share. Of longer documents the sample keeps the beginning: an end is known of ${formatCount(whole)}.`,
  headings: ['documents', 'words', 'number'],
  rows,
})}`;
}
