/** The report's style sheet: readable in light and dark, narrow and wide, on paper, and without telling colours apart. */
export const STYLE = `
:root { color-scheme: light dark; --ink: #1c1c1e; --dim: #62626a; --page: #fff; --soft: #f5f5f3; --line: #dcdcd8; --mark: 196, 86, 0; --alarm: #b3261e; }
@media (prefers-color-scheme: dark) { :root { --ink: #ececec; --dim: #a3a3aa; --page: #161618; --soft: #1f1f22; --line: #3a3a3f; --mark: 255, 150, 50; --alarm: #ff8a80; } }
* { box-sizing: border-box; }
body { max-width: 48rem; margin: 0 auto; padding: 2.5rem 1.25rem 4rem; background: var(--page); color: var(--ink); font: 16px/1.55 system-ui, "Segoe UI", Roboto, "Helvetica Neue", Arial, "DejaVu Sans", sans-serif; }
h1, h2, h3, p, .facts td, .name { overflow-wrap: anywhere; }
h1 { font-size: 1.7rem; line-height: 1.25; margin: 0 0 .75rem; }
h2 { font-size: 1.25rem; line-height: 1.3; margin: 0 0 1rem; }
h2, .name { white-space: pre-wrap; overflow: clip; } .name { display: inline-block; max-width: 100%; vertical-align: top; }
h3 { font-size: 1rem; margin: 2rem 0 .5rem; }
section { border-top: 1px solid var(--line); margin-top: 2.5rem; padding-top: 1.75rem; }
header p { color: var(--dim); margin: 0; }
.verdict, .headline { border-left: .3rem solid var(--dim); background: var(--soft); margin: 0 0 1.25rem; padding: .75rem 1rem; font-weight: 600; }
.headline { font-size: 1.15rem; line-height: 1.4; }
:is(.verdict, .headline).detected, .verdict.named { border-color: rgb(var(--mark)); background: rgba(var(--mark), .1); }
.alarm { border: 2px solid var(--alarm); color: var(--alarm); font-weight: 600; padding: .6rem 1rem; }
.aside { border: 2px dashed var(--dim); padding: 1.25rem 1.25rem .25rem; }
.note, caption { color: var(--dim); font-size: .875rem; }
.note { margin: .4rem 0 1rem; }
table { border-collapse: collapse; margin: 1rem 0 1.5rem; font-size: .9375rem; }
caption { text-align: left; padding-bottom: .4rem; max-width: min(45.5rem, 100vw - 2rem); } .aside caption { max-width: min(42.5rem, 100vw - 5rem); }
th { text-align: left; font-weight: 400; color: var(--dim); vertical-align: top; }
td { vertical-align: top; font-variant-numeric: tabular-nums; }
.facts th { width: 12rem; padding: .15rem 1.5rem .15rem 0; } .facts td { padding: .15rem 0; }
.wide { overflow-x: auto; }
.sortable { width: 100%; } .sortable .name { min-width: 6rem; }
.sortable th { border-bottom: 1px solid var(--dim); vertical-align: bottom; padding: .35rem 1rem .35rem 0; }
.sortable td { border-bottom: 1px solid var(--line); padding: .35rem 1rem .35rem 0; white-space: nowrap; }
.sortable :is(th, td):last-child { padding-right: 0; }
.sortable .number { text-align: right; }
.sortable button { all: unset; cursor: pointer; color: inherit; }
.sortable button::after { content: "\\a0\\2195"; opacity: .55; }
.sortable [aria-sort] button { color: var(--ink); }
.sortable [aria-sort="ascending"] button::after { content: "\\a0\\2191"; opacity: 1; }
.sortable [aria-sort="descending"] button::after { content: "\\a0\\2193"; opacity: 1; }
.sortable button:focus-visible { outline: 2px solid rgb(var(--mark)); outline-offset: 2px; }
svg { display: block; width: 100%; height: auto; margin: .5rem 0; }
svg text { font-size: 13px; fill: var(--dim); font-variant-numeric: tabular-nums; }
svg .over { fill: var(--ink); stroke: var(--page); stroke-width: 4px; paint-order: stroke; stroke-linejoin: round; }
.axis { stroke: var(--dim); } .grid { stroke: var(--line); } .part { fill: var(--ink); fill-opacity: .08; }
.level { stroke: var(--ink); stroke-dasharray: 6 4; } .bar { fill: rgb(var(--mark)); }
.plain { fill: var(--soft); stroke: var(--dim); } .short { fill: var(--line); } .unread { fill: none; stroke: var(--alarm); stroke-width: 2; stroke-dasharray: 5 3; }
.first { border-top: 0; margin-top: 0; padding-top: 1.25rem; } .digest { overflow-wrap: anywhere; }
.sign td { border-bottom: 1px solid var(--dim); min-width: 18rem; height: 2.4rem; }
.curve { fill: none; stroke: rgb(var(--mark)); stroke-width: 2.25; stroke-linejoin: round; } .end { fill: rgb(var(--mark)); }
.heat { unicode-bidi: plaintext; white-space: pre-wrap; overflow-wrap: anywhere; overflow: clip; border: 1px solid var(--line); border-radius: 4px; padding: .75rem .9rem; line-height: 2; }
mark { background: none; color: inherit; outline: 2px solid var(--ink); outline-offset: 2px; box-decoration-break: clone; -webkit-box-decoration-break: clone; }
.off { color: var(--dim); }
.l0, .l1, .l2, .l3, .l4 { border-bottom-style: solid; border-bottom-color: rgb(var(--mark)); }
.l0 { border-bottom-width: 0; } .l1 { border-bottom-width: 1px; background: rgba(var(--mark), .1); }
.l2 { border-bottom-width: 2px; background: rgba(var(--mark), .2); } .l3 { border-bottom-width: 3px; background: rgba(var(--mark), .32); }
.l4 { border-bottom-width: 4px; background: rgba(var(--mark), .46); }
.legend { line-height: 2; } .legend span { white-space: nowrap; padding: 0 .3rem; margin-right: .2rem; } .legend span:not(.off) { color: var(--ink); }
pre { white-space: pre-wrap; overflow-wrap: anywhere; overflow: clip; background: var(--soft); padding: .75rem 1rem; margin: 0; }
code { font: .875rem/1.5 ui-monospace, "SF Mono", Menlo, Consolas, "DejaVu Sans Mono", monospace; }
@media (max-width: 36rem) {
  body { padding: 1.5rem 1rem 3rem; }
  svg text { font-size: 21px; }
  .facts :is(tr, th, td) { display: block; width: auto; padding: 0; } .facts td { margin-bottom: .5rem; }
  .sortable { font-size: .8125rem; } .sortable th:not([aria-sort]) button::after { content: ""; } .sortable :is(th, td) { padding-right: .5rem; }
}
@media print {
  :root { color-scheme: light; --ink: #000; --dim: #444; --page: #fff; --soft: #f5f5f3; --line: #bbb; --mark: 196, 86, 0; --alarm: #b3261e; }
  @page { margin: 18mm 16mm; }
  body { max-width: none; padding: 0; font-size: 10.5pt; }
  * { print-color-adjust: exact; -webkit-print-color-adjust: exact; }
  h1, h2, h3, caption { break-after: avoid; }
  .sign, .headline, .verdict, .alarm, svg, tr, pre, .legend { break-inside: avoid; }
  thead { display: table-header-group; }
  p { orphans: 3; widows: 3; }
  .wide { overflow: visible; }
  .sortable button::after { content: ""; }
}
`;
