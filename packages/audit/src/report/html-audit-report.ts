import { softwareInWords } from '@countermark/detector';
import { type HtmlReportOptions, htmlPage } from '@countermark/report';
import { countsSection } from './counts-section.ts';
import { decoysSection } from './decoys-section.ts';
import { endpointSection, type ReportedAudit } from './endpoint-section.ts';
import { evidenceSection } from './evidence-section.ts';
import { groupsSection } from './groups-section.ts';
import { inShortSection } from './in-short-section.ts';
import { inputsSection } from './inputs-section.ts';
import { leadsSection } from './leads-section.ts';

const INTRODUCTION = `<p>Was a model trained on text with the mark of one secret key? Text with the mark leans towards words that the key chose, and so does,
faintly, a model that learnt from it. This page tests the model for that lean.</p>`;

const LIMITS = `<p>A trace says that the model, or something that it was made from, was given marked text or the key. It does not say how much, by whose
will, or through how many hands: marked text that somebody published leaves the same trace.</p>
<p>That no trace was found does not show that the model was made without marked text. A model may have learnt too little of it, or have been asked of
other things.</p>
<p>The result rests on records that were handed over whole: every prompt with its answer, from the first token on. Records that were chosen by
what they say, or prompts that were left out, would make it worthless, and nobody sees that from this page. Whoever has the key can make records that
show a trace; so the records should come from somebody who has not, or be asked again.</p>
<p>One model, one key and one level, fixed beforehand. Whoever tries several has to correct for all of them.</p>`;

/**
 * Renders the result of an audit as one self-contained HTML page. It loads nothing, and its only script sorts tables.
 *
 * @param result  of an audit.
 * @param options see {@link HtmlReportOptions}; the software is that of the result.
 */
export function htmlAuditReport(result: ReportedAudit, options: HtmlReportOptions = {}): string {
  return htmlPage({
    title: 'Model audit',
    software: softwareInWords(result.finding.software),
    ...options,
    introduction: INTRODUCTION,
    sections: [
      inShortSection(result),
      evidenceSection(result),
      groupsSection(result),
      decoysSection(result),
      endpointSection(result),
      countsSection(result),
      leadsSection(result),
      inputsSection(result),
    ].join(''),
    limits: LIMITS,
  });
}
