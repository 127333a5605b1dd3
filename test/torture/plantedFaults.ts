// biome-ignore-all lint/suspicious/noTemplateCurlyInString: pieces of source

/** A fault in the product, and which kills find it. */
export type Fault = {
  readonly name: string;
  readonly file: string;
  /** Stands in the file once. */
  readonly from: string;
  readonly to: string;
  /** Of the ways to kill, those with this in their names, so many times. */
  readonly only: string;
  readonly kills: number;
};

export const plantedFaults: readonly Fault[] = [
  {
    name: 'the ledger row comes behind the commit',
    file: 'host/store/publish.ts',
    from: '`${done}; commit`, options);',
    to: "'commit', options);\n    await client.query(done);",
    only: 'behind a commit, process',
    kills: 2,
  },
  {
    name: 'a partition is detached in a transaction of its own, 20 ms before the next',
    file: 'host/store/partition.ts',
    from: 'drop table ${target};',
    // the two follow each other within one message: without a rest the server is mostly through before anybody can act
    to: 'drop table ${target}; commit; select pg_sleep(0.02); begin; savepoint short_lock;',
    only: 'behind a commit, backend',
    kills: 10,
  },
  {
    name: 'the ledger row is committed before the partition, by a transaction of its own',
    file: 'host/store/publish.ts',
    from: 'await attachPartition(client, partition, name, exists, `${done}; commit`, options);',
    to: `const { host, port, user, password, database, constructor } = client as any;
    const other = new constructor({ host, port, user, password, database });
    await other.connect();
    await other.query(done);
    await other.end();
    await attachPartition(client, partition, name, exists, 'commit', options);`,
    only: 'behind a commit, process',
    kills: 6,
  },
  {
    name: 'the older partition is left behind',
    file: 'host/store/partition.ts',
    from: 'drop table ${target};',
    to: 'alter table ${target} rename to ${quote(`old_${name}`)}; alter index ${qualify(table.schema, `${name}_pkey`)} rename to ${quote(`old_${name}_pkey`)};',
    only: 'process SIGINT',
    kills: 4,
  },
  {
    name: 'what comes back publishes over its successor',
    file: 'host/backfill/amongOthers.ts',
    from: '    onLocked: async (exists, noted) => {',
    to: '    onLocked: async (exists, noted) => {\n      if (exists || !exists) return true;',
    only: 'taken for dead',
    kills: 6,
  },
  {
    name: 'the rows are committed before they are all there',
    file: 'host/store/publish.ts',
    from: 'fill: copy => fill(feed => copying(copy, feed)),',
    to: "fill: async copy => { const found = await fill(feed => copying(copy, feed)); await client.query('commit; begin'); return found; },",
    only: 'process SIGKILL',
    kills: 6,
  },
];
