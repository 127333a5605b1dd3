-- What was computed: one row per set, family, symbol and month, written in the transaction that publishes the
-- partition, or by itself when the attempt failed.
create table :schema.ledger (
  set_name text not null,
  family text not null,
  symbol text not null,
  month date not null,
  status text not null check (status in ('done', 'failed')),
  -- Of the definition: hash of the family's expressions and of the parameters that enter them.
  version text not null,
  schema_name text not null,
  table_name text not null,
  -- The bars that were read, lookback included.
  source text not null,
  bars_revision bigint,
  bars_rows bigint,
  bars_first timestamp,
  bars_last timestamp,
  bars_checksum text,
  lookback_asked integer,
  lookback_found integer,
  -- What was written.
  rows bigint,
  columns integer,
  -- Column to number of NULLs, for the columns that have any; infinities (stored as NULL) likewise.
  nulls jsonb,
  infinities jsonb,
  checksum text,
  bytes bigint,
  took_ms double precision,
  copy_ms double precision,
  error_code text,
  error text,
  attempt integer not null default 1,
  run_id text,
  finished_at timestamptz not null default clock_timestamp(),
  primary key (set_name, schema_name, family, symbol, month)
);

-- Parameters of symbols that are fixed for all time when first used, such as the baseline of an index.
create table :schema.parameters (
  set_name text not null,
  symbol text not null,
  parameter text not null,
  value double precision not null,
  -- The bar that it was read from; NULL when it was configured.
  source_ts timestamp,
  fixed_at timestamptz not null default now(),
  primary key (set_name, symbol, parameter)
);

-- Time ranges of bars that an import inserted or replaced. Revisions of one symbol become visible in their order.
create table :schema.bar_changes (
  revision bigint generated always as identity primary key,
  source text not null,
  symbol text not null,
  first_ts timestamp not null,
  last_ts timestamp not null,
  inserted bigint not null,
  replaced bigint not null,
  changed_at timestamptz not null default now()
);

create index bar_changes_symbol on :schema.bar_changes (source, symbol, revision);

-- What bars there are, so that nobody needs to count them: one row per symbol and month.
create table :schema.bar_months (
  source text not null,
  symbol text not null,
  month date not null,
  rows bigint not null,
  first_ts timestamp not null,
  last_ts timestamp not null,
  -- The columns that have a value in any row.
  columns text[] not null,
  primary key (source, symbol, month)
);
