/** The tables of audits of models, one version of the database. */
export const MODEL_AUDIT_TABLES: readonly string[] = [
  // What an endpoint is asked with is sealed, and there only until the audit has ended.
  `create table countermark.model_audits (
    id text primary key,
    tenant text not null,
    status text not null check (status in ('queued', 'planning', 'running', 'done', 'failed', 'cancelled')),
    request jsonb not null,
    sealed bytea,
    terms jsonb,
    progress jsonb not null,
    verdict text,
    problem text,
    created timestamptz not null default date_trunc('milliseconds', clock_timestamp()),
    started timestamptz,
    ended timestamptz,
    check (ended is null or sealed is null)
  )`,
  'create index model_audits_of_tenant on countermark.model_audits (tenant, created desc, id)',
  `create table countermark.model_audit_events (
    audit text not null references countermark.model_audits on delete cascade,
    number bigint generated always as identity,
    type text not null,
    data jsonb not null,
    created timestamptz not null default now(),
    primary key (audit, number)
  )`,
];
