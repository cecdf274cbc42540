import { escapeHtml } from '@countermark/report';
import { SCOPE_MEANINGS } from '../access/scopes.ts';
import type { OpenApiDocument } from '../openapi/document.ts';
import { curlLine, exampleOf } from './curl-line.ts';
import { pageLayout } from './page-layout.ts';
import { type JsonSchema, prose, schemaAnchor, schemaList } from './schema-list.ts';

type Content = Readonly<Record<string, { readonly schema?: JsonSchema }>>;

interface Operation {
  readonly operationId: string;
  readonly tags: readonly string[];
  readonly summary: string;
  readonly description?: string;
  readonly security: readonly Readonly<Record<string, readonly string[]>>[];
  readonly parameters?: readonly {
    readonly in: string;
    readonly name: string;
    readonly required?: boolean;
    readonly schema: JsonSchema;
  }[];
  readonly requestBody?: { readonly content: Content };
  readonly responses: Readonly<Record<string, { readonly description: string; readonly content?: Content }>>;
}

interface Call extends Operation {
  readonly method: string;
  readonly path: string;
}

/** The document as the server makes it: every operation has these members, and none is a reference. */
interface Described {
  readonly info: { readonly description: string };
  readonly tags: readonly { readonly name: string; readonly description: string }[];
  readonly paths: Readonly<Record<string, Readonly<Record<string, Operation>>>>;
  readonly components: { readonly schemas?: Readonly<Record<string, JsonSchema>> };
}

function scopeList(): string {
  return Object.entries(SCOPE_MEANINGS)
    .map(([scope, meaning]) => `<dt><code>${scope}</code></dt><dd>${escapeHtml(meaning)}</dd>`)
    .join('');
}

/** Renders an OpenAPI document as a page to read: operations by tag, what they take and answer, and a command for each. */
export function referencePage(document: OpenApiDocument, version: string): string {
  const { info, tags, paths, components } = document as unknown as Described;
  const schemas = components.schemas ?? {};
  const calls = Object.entries(paths).flatMap(([path, operations]) =>
    Object.entries(operations).map(([method, operation]): Call => ({ ...operation, method, path })),
  );
  const sections = tags.map(({ name, description }) => {
    const articles = calls.filter((call) => call.tags.includes(name)).map((call) => article(call, schemas));
    return `<section aria-labelledby="tag-${name}">
<h2 id="tag-${name}">${escapeHtml(name)}</h2>
<p>${prose(description)}</p>
${articles.join('')}</section>
`;
  });
  const named = Object.entries(schemas).map(
    ([name, schema]) =>
      `<article><h3 id="${schemaAnchor(name)}">${escapeHtml(name)}</h3>${schemaList(schema)}</article>\n`,
  );
  return pageLayout({
    title: 'Countermark: API reference',
    main: `<h1>API reference</h1>
<p class="lead">${prose(info.description)}</p>
<nav aria-label="operations">
<ul class="contents">${calls.map(contentsLine).join('')}</ul>
</nav>
<div class="reference">
<section aria-labelledby="calling">
<h2 id="calling">Calling it</h2>
<p>Commands below take the server’s address from a variable, and your API key from a file that only you can read:</p>
<pre tabindex="0"><code>export COUNTERMARK_URL=http://127.0.0.1:8080
umask 077
read -rs key &amp;&amp; printf 'Authorization: Bearer %s\\n' "$key" &gt; countermark-header</code></pre>
<p>The scopes of an API key say what it may do:</p>
<dl>${scopeList()}</dl>
<p>Whatever fails is answered with a <a href="#${schemaAnchor('Problem')}">Problem</a>. The same as a document for programs: <a href="/openapi.json">openapi.json</a>.</p>
</section>
${sections.join('')}<section aria-labelledby="schemas">
<h2 id="schemas">Schemas</h2>
${named.join('')}</section>
</div>
`,
    version,
  });
}

function contentsLine({ operationId, method, path, summary }: Call): string {
  return `<li><a href="#${operationId}">${method.toUpperCase()} ${escapeHtml(path)}</a> ${prose(summary)}</li>`;
}

function article(call: Call, schemas: Readonly<Record<string, JsonSchema>>): string {
  const { operationId, method, path, summary, description, security, parameters = [], requestBody } = call;
  const content = requestBody?.content ?? {};
  const address = path.replaceAll(/\{(\w+)\}/g, (hole, name) => {
    const parameter = parameters.find((one) => one.in === 'path' && one.name === name);
    return parameter === undefined ? hole : String(exampleOf(parameter.schema, schemas));
  });
  const command = curlLine({ method, path: address, content, schemas, needsApiKey: needsApiKey(security) });
  return `<article>
<h3 id="${operationId}"><a href="#${operationId}"><span class="method">${method.toUpperCase()}</span> ${escapeHtml(path)}</a></h3>
<p>${prose(summary)}. <span class="note">${accessInWords(security)}</span></p>
${description === undefined ? '' : `<p>${prose(description)}</p>\n`}${parametersList(parameters)}${contentList('Body', content)}${answersList(call)}<h4>Command</h4>
<pre tabindex="0"><code>${escapeHtml(command)}</code></pre>
</article>
`;
}

function parametersList(parameters: NonNullable<Operation['parameters']>): string {
  if (parameters.length === 0) return '';
  const rows = parameters.map(
    ({ name, in: where, required, schema }) =>
      `<dt><code>${escapeHtml(name)}</code> in ${where}${required === true ? ' <em>required</em>' : ''}</dt><dd>${schemaList(schema)}</dd>`,
  );
  return `<h4>Parameters</h4>\n<dl>${rows.join('')}</dl>\n`;
}

function contentList(heading: string, content: Content): string {
  const parts = Object.entries(content).map(
    ([type, { schema = {} }]) => `<dt><code>${escapeHtml(type)}</code></dt><dd>${schemaList(schema)}</dd>`,
  );
  return parts.length === 0 ? '' : `<h4>${heading}</h4>\n<dl>${parts.join('')}</dl>\n`;
}

function answersList({ responses }: Call): string {
  const rows: string[] = [];
  const problems: string[] = [];
  for (const [status, { description, content = {} }] of Object.entries(responses)) {
    const [[type, { schema = {} }] = ['', {}]] = Object.entries(content);
    if (type === 'application/problem+json') {
      if (status !== 'default') problems.push(`<code>${status}</code> ${prose(description)}`);
    } else {
      const what = type === '' ? '' : schemaList(schema);
      rows.push(`<dt><code>${status}</code></dt><dd><p>${prose(description)}</p>${what}</dd>`);
    }
  }
  return `<h4>Answers</h4>\n<dl>${rows.join('')}</dl>\n<p class="note">${problems.join(' ')}</p>\n`;
}

function needsApiKey(security: Operation['security']): boolean {
  return security.length > 0 && security.every((way) => 'apiKey' in way);
}

function accessInWords(security: Operation['security']): string {
  if (security.length === 0) return 'Open to everybody.';
  const scopes = security.flatMap((way) => way['apiKey'] ?? []).join(', ');
  const key = `an API key with the scope <code>${escapeHtml(scopes)}</code>`;
  return needsApiKey(security) ? `Needs ${key}.` : `Open to everybody within a budget; says more to ${key}.`;
}
