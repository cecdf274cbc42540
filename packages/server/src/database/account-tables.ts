/** The tables of registered accounts, one version of the database. */
export const ACCOUNT_TABLES: readonly string[] = [
  // Ids are sealed; a tag, which only the server can compute, tells whether one is there.
  `create table countermark.accounts (
      number bigint primary key,
      tag bytea not null unique,
      sealed bytea not null,
      created timestamptz not null default date_trunc('milliseconds', clock_timestamp())
    )`,
  // One row. What was ever issued is counted here, since a removed account leaves nothing else.
  `create table countermark.account_counts (
      only_one boolean primary key default true check (only_one),
      sealed_key bytea,
      issued bigint not null default 0,
      registered bigint not null default 0,
      removals bigint not null default 0
    )`,
  'insert into countermark.account_counts default values',
];
