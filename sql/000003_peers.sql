-- The bars of other symbols that a partition was computed from: symbol to the revision that was seen, with the first bar
-- that was read, or, where changes are not logged, to what the months that were read are known again by. NULL: of none.
alter table :schema.ledger add column peers jsonb;
