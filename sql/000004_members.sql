-- Of a partition that holds all symbols (symbol '*'): those that had bars in its month. What was read of each is in `peers`.
alter table :schema.ledger add column members text[];
