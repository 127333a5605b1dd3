-- How far the updates of a set that is kept row by row have come, by family and symbol.
create table :schema.set_progress (
  set_name text not null,
  schema_name text not null,
  family text not null,
  symbol text not null,
  -- Where the bars come from, and the last change of theirs that the rows have seen; NULL where changes are not logged.
  source text not null,
  revision bigint,
  -- The same for each other symbol whose series the rows read: symbol to revision.
  peers jsonb not null default '{}',
  version text not null,
  -- The newest row that was written.
  last_ts timestamp,
  updated_at timestamptz not null default clock_timestamp(),
  primary key (set_name, schema_name, family, symbol)
);

-- What runs did: one row per run, with the symbol NULL, and one per run and symbol.
create table :schema.run_log (
  run_id text not null,
  command text not null,
  set_name text not null,
  schema_name text not null,
  symbol text,
  status text not null check (status in ('done', 'unchanged', 'failed')),
  code text,
  cause text,
  rows bigint not null default 0,
  cells bigint not null default 0,
  nulls bigint not null default 0,
  clipped bigint not null default 0,
  bars_read bigint not null default 0,
  -- Feature to number of NULLs, for those that have any.
  null_features jsonb not null default '{}',
  started_at timestamptz not null,
  took_ms double precision not null,
  unique nulls not distinct (run_id, symbol)
);

create index run_log_started on :schema.run_log (set_name, started_at);

-- Features that are switched off until they are switched on again.
create table :schema.feature_switches (
  set_name text not null,
  feature text not null,
  off_since timestamptz not null default now(),
  primary key (set_name, feature)
);

-- With what the values of a symbol's newest row were limited and can be normalised: of each feature the mean and the
-- standard deviation before that row, as {"feature": [mean, sd]}.
create table :schema.norms (
  set_name text not null,
  schema_name text not null,
  symbol text not null,
  as_of timestamp not null,
  version text not null,
  norms jsonb not null,
  primary key (set_name, schema_name, symbol)
);
