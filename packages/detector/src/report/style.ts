/** The report's style sheet: readable in light and dark, on paper, and without telling colours apart. */
export const STYLE = `
:root { color-scheme: light dark; --ink: #1a1a1a; --dim: #6b6b6b; --page: #fff; --line: #d8d8d8; --mark: 201, 90, 0; }
@media (prefers-color-scheme: dark) { :root { --ink: #ececec; --dim: #9a9a9a; --page: #161616; --line: #3a3a3a; --mark: 255, 150, 50; } }
body { max-width: 46rem; margin: 2rem auto; padding: 0 1rem; background: var(--page); color: var(--ink); font: 16px/1.5 system-ui, sans-serif; }
h1 { font-size: 1.5rem; } h1, h2 { overflow-wrap: anywhere; } h2 { font-size: 1.2rem; margin-top: 2.5rem; border-top: 1px solid var(--line); padding-top: 1.5rem; }
.verdict { font-weight: 700; border-left: .4rem solid var(--line); padding: .4rem 0 .4rem .8rem; }
.verdict.detected { border-color: rgb(var(--mark)); background: rgba(var(--mark), .1); } .note { color: var(--dim); font-size: .9rem; }
table { border-collapse: collapse; margin: 1rem 0; } th { text-align: left; font-weight: 400; color: var(--dim); padding: .1rem 1.5rem .1rem 0; vertical-align: top; }
td { vertical-align: top; font-variant-numeric: tabular-nums; overflow-wrap: anywhere; }
.summary { width: 100%; } .summary td { padding: .1rem 1rem .1rem 0; } .summary td:last-child { padding-right: 0; }
.summary td:not(:first-child) { white-space: nowrap; width: 1%; }
.heat { unicode-bidi: plaintext; white-space: pre-wrap; overflow-wrap: anywhere; border: 1px solid var(--line); border-radius: 4px; padding: .75rem; line-height: 1.9; }
mark { background: none; color: inherit; outline: 2px solid var(--ink); outline-offset: 2px; box-decoration-break: clone; -webkit-box-decoration-break: clone; }
.regions { width: 100%; } .regions td { padding-right: 1.5rem; } caption { text-align: left; color: var(--dim); font-size: .9rem; }
.off { color: var(--dim); }
.l0, .l1, .l2, .l3, .l4 { border-bottom-style: solid; border-bottom-color: rgb(var(--mark)); }
.l0 { border-bottom-width: 0; } .l1 { border-bottom-width: 1px; background: rgba(var(--mark), .1); }
.l2 { border-bottom-width: 2px; background: rgba(var(--mark), .22); } .l3 { border-bottom-width: 3px; background: rgba(var(--mark), .36); }
.l4 { border-bottom-width: 4px; background: rgba(var(--mark), .52); }
.legend span { padding: 0 .3rem; margin-right: .4rem; } .legend :not(.off) { color: var(--ink); }
svg { width: 100%; height: auto; } svg text { font-size: 13px; fill: var(--dim); }
@media (max-width: 36rem) { svg text { font-size: 22px; } th { padding-right: .8rem; } }
@media print { * { print-color-adjust: exact; } }
.axis { stroke: var(--line); } .level { stroke: var(--dim); stroke-dasharray: 4 4; } .curve { fill: none; stroke: rgb(var(--mark)); stroke-width: 2; }
code { overflow-wrap: anywhere; }
`;
