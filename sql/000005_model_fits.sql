-- Fitted models that features rest on: one row per model, symbol and anchor, written in the transaction that publishes the
-- partition of these features, and replaced with it.
create table :schema.model_fits (
  set_name text not null,
  schema_name text not null,
  family text not null,
  symbol text not null,
  model text not null,
  -- First instant of the month or hour (UTC) in which the model is applied; what it is fitted to lies before it.
  anchor timestamp not null,
  converged boolean not null,
  observations integer,
  log_likelihood double precision,
  iterations integer,
  -- Parameter to value, null where there is none.
  parameters jsonb not null,
  version text not null,
  run_id text,
  primary key (set_name, schema_name, family, symbol, model, anchor)
);
