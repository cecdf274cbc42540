/** What a result means, in plain words: for whoever was sent to the page, and for whoever sent them. */

const MEANING = `<section id="meaning" aria-labelledby="meaning-heading">
<h2 id="meaning-heading">What a result means</h2>
<p>A language model can be made to choose some of its words by a secret key. Words that were chosen so are a mark, which a reader does not see. This page asks whether a text has more such words than chance explains. It tests for the keys of this server and for nothing else, and does not guess from style who wrote a text.</p>
<h3>Detected</h3>
<p>The text has words that were chosen under one of the keys. Of texts that have nothing to do with the keys, at most one in a million is called detected. It does not say who put those words there, nor how much of the text they are: a quotation, a translation or a correction by an assistant may be enough.</p>
<h3>Not detected</h3>
<p>No mark of these keys was found. This does not show that a person wrote the text: most models carry no mark, or one of other keys, and rewriting removes marks.</p>
<h3>Inconclusive</h3>
<p>The text is too short, and was not tested. This says nothing for or against anybody.</p>
<h3>What happens to the text</h3>
<p>Your browser sends it to this server, and this page sends it to nobody else. The server tests it and does not keep it. So that nobody tries a text until it passes, the server counts for an hour how often an address and a passage were asked about, by codes that stand for them. The address of a result, if you give it to somebody, holds the result and not the text.</p>
<h3>If a teacher, an editor or somebody else sent you here</h3>
<ul>
<li>One in a million is not the probability that you are innocent. It says how often texts without the mark are called detected: of a thousand such texts, none is, but for one chance in a thousand.</li>
<li>A result is about one text, to the letter. Ask which text was tested, and for the address of its result: paste your text there, and the server says whether it is the same.</li>
<li>Say what you used. A mark also stays where a model only helped with the language; whether that was allowed, no result says.</li>
<li>Keep drafts and notes. They show how a text came about, which no result does.</li>
<li>If much depends on it, ask whoever holds the key for a full result: it can be computed again without the key, by people of your choice.</li>
</ul>
<h3>If you judge somebody else’s text</h3>
<ul>
<li>A result alone decides nothing. Ask the author first, and hear how the text was written.</li>
<li>Decide beforehand which text you test, and test it whole. Whoever tries many texts, or many pieces of one, has a chance of a false result with each.</li>
<li>Read nothing into “not detected” and “inconclusive”.</li>
</ul>
</section>
`;

/** Returns the section, HTML. */
export function meaningSection(): string {
  return MEANING;
}
