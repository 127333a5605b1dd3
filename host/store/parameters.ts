import type pg from 'pg';
import { qualify } from './identifiers.ts';
import { ownSchema } from './migrate.ts';
import { microsSql } from './month.ts';
import { inUserTerms } from './postgresErrors.ts';

/** A value of a symbol that enters its features and holds for all time, such as the baseline of an index. */
export type Parameter = {
  readonly set: string;
  readonly symbol: string;
  readonly parameter: string;
  readonly value: number;
  /** The bar it was read from, in microseconds since 1970; absent when it was configured. */
  readonly sourceTime?: number | undefined;
};

const parameters = qualify(ownSchema, 'parameters');
const key = '(set_name, symbol, parameter)';

const insert = `insert into ${parameters} (set_name, symbol, parameter, value, source_ts)
  values ($1, $2, $3, $4, timestamp 'epoch' + $5::float8 * interval '1 microsecond')`;

const valuesOf = ({ set, symbol, parameter, value, sourceTime }: Parameter) => [
  ...[set, symbol, parameter, value, sourceTime ?? null],
];

/** Fixes a parameter unless it is fixed already. Returns the value that holds: of two at once, both get the same. */
export async function fixParameter(client: pg.Client, parameter: Parameter): Promise<number> {
  await inUserTerms(client, () =>
    client.query(`${insert} on conflict ${key} do nothing`, valuesOf(parameter)),
  );
  const { rows } = await client.query<{ value: number }>(
    `select value from ${parameters} where ${key} = ($1, $2, $3)`,
    [parameter.set, parameter.symbol, parameter.parameter],
  );
  return rows[0]!.value;
}

/** The fixed parameters of a set, in the order of symbols. */
export async function readParameters(
  client: pg.Client,
  set: string,
  symbols?: readonly string[],
): Promise<Parameter[]> {
  const { rows } = await client.query<Parameter & { sourceTime: number | null }>(
    `select set_name as set, symbol, parameter, value, ${microsSql('source_ts')} as "sourceTime"
     from ${parameters} where set_name = $1 and ($2::text[] is null or symbol = any($2)) order by symbol, parameter`,
    [set, symbols ?? null],
  );
  return rows.map(row => ({ ...row, sourceTime: row.sourceTime ?? undefined }));
}
