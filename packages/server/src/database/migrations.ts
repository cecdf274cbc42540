import { ACCOUNT_TABLES } from './account-tables.ts';
import { MODEL_AUDIT_TABLES } from './model-audit-tables.ts';
import { OPERATION_TABLES } from './operation-tables.ts';

/** The tables, one list of statements a version; a version that was released is never changed. */
export const MIGRATIONS: readonly (readonly string[])[] = [
  [
    `create table countermark.api_keys (
      id text primary key,
      hash bytea not null,
      label text not null,
      tenant text not null,
      scopes text[] not null,
      created timestamptz not null default now(),
      revoked timestamptz
    )`,
    `create table countermark.watermark_keys (
      key_id text primary key,
      label text not null,
      fingerprint text not null,
      params jsonb not null,
      sealed bytea not null,
      public boolean not null,
      status text not null check (status in ('active', 'retired')),
      successor_of text references countermark.watermark_keys,
      created timestamptz not null default now(),
      retired timestamptz
    )`,
    `create unique index one_active_key_a_label on countermark.watermark_keys (label) where status = 'active'`,
    `create table countermark.detections (
      id text primary key,
      tenant text not null,
      result jsonb not null,
      created timestamptz not null default now(),
      expires timestamptz not null
    )`,
    'create index detections_expire on countermark.detections (expires)',
    `create table countermark.scans (
      id text primary key,
      tenant text not null,
      status text not null check (status in ('queued', 'planning', 'scanning', 'merging', 'done', 'failed', 'cancelled')),
      request jsonb not null,
      progress jsonb not null default '{}',
      manifest text,
      verdict text,
      problem text,
      created timestamptz not null default date_trunc('milliseconds', clock_timestamp()),
      started timestamptz,
      ended timestamptz
    )`,
    'create index scans_of_tenant on countermark.scans (tenant, created desc, id)',
    `create table countermark.scan_shards (
      scan text not null references countermark.scans on delete cascade,
      shard int not null,
      primary key (scan, shard)
    )`,
    `create table countermark.scan_runs (
      scan text not null references countermark.scans on delete cascade,
      run text not null,
      counts jsonb not null,
      touched timestamptz not null default now(),
      primary key (scan, run)
    )`,
    `create table countermark.scan_events (
      scan text not null references countermark.scans on delete cascade,
      number bigint generated always as identity,
      type text not null,
      data jsonb not null,
      created timestamptz not null default now(),
      primary key (scan, number)
    )`,
    `create table countermark.idempotency (
      tenant text not null,
      key text not null,
      request_hash text not null,
      resource text not null,
      created timestamptz not null default now(),
      primary key (tenant, key)
    )`,
  ],
  [
    `create table countermark.public_budgets (
      client bytea primary key,
      spent int not null,
      renewed timestamptz not null
    )`,
    'create index public_budgets_renewed on countermark.public_budgets (renewed)',
    `create table countermark.public_sketches (
      number bigint generated always as identity primary key,
      client bytea not null,
      sealed bytea not null,
      expires timestamptz not null
    )`,
    'create index public_sketches_of_client on countermark.public_sketches (client)',
    'create index public_sketches_expire on countermark.public_sketches (expires)',
  ],
  [
    `alter table countermark.watermark_keys
      add column archived timestamptz,
      add column valid_from timestamptz,
      add column valid_until timestamptz,
      add column marks_until timestamptz`,
  ],
  OPERATION_TABLES,
  ACCOUNT_TABLES,
  MODEL_AUDIT_TABLES,
];
