-- From which month on rows of a set that is kept row by row are kept: `windrow retention` says it, and updates make no rows
-- before it. No row: all are kept.
create table :schema.kept_rows (
  set_name text not null,
  schema_name text not null,
  -- First day of the first month that is kept.
  since date not null,
  primary key (set_name, schema_name)
);
