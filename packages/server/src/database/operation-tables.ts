/** Tables of those who run a server: the proof of its master key, times at which API keys end, tenants of vendor keys, and the audit log. */
export const OPERATION_TABLES: readonly string[] = [
  `create table countermark.master_key (
    single boolean primary key default true check (single),
    proof bytea not null
  )`,
  'alter table countermark.api_keys add column expires timestamptz',
  'alter table countermark.watermark_keys add column tenant text',
  'drop index countermark.one_active_key_a_label',
  `create unique index one_active_key_a_label on countermark.watermark_keys (coalesce(tenant, ''), label)
    where status = 'active'`,
  `create table countermark.audit (
    number bigint generated always as identity primary key,
    at timestamptz not null default now(),
    actor text not null,
    request text,
    action text not null,
    subject text,
    details jsonb not null default '{}'
  )`,
  'create index audit_of_subject on countermark.audit (subject, number)',
  'create index audit_of_action on countermark.audit (action, number)',
  `create function countermark.refuse_change() returns trigger language plpgsql as
    $$ begin raise exception 'the audit log is only added to'; end $$`,
  `create trigger audit_is_only_added_to before update or delete on countermark.audit
    for each row execute function countermark.refuse_change()`,
  `create trigger audit_is_not_emptied before truncate on countermark.audit
    for each statement execute function countermark.refuse_change()`,
];
