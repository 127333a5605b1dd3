import type pg from 'pg';
import { quote } from '../store/identifiers.ts';
import { ownSchema } from '../store/migrate.ts';
import { ownMark } from '../store/tables.ts';
import { type Finding, finding, problem } from './finding.ts';

type Rights = {
  readonly user: string;
  readonly database: string;
  readonly schemaExists: boolean;
  readonly schemaCreate: boolean;
  readonly ownExists: boolean;
  readonly ownCreate: boolean;
  readonly databaseCreate: boolean;
  readonly readOnly: boolean;
  readonly standby: boolean;
  /** Tables of ours that belong to roles that this one is not a member of. */
  readonly foreign: readonly string[];
};

const rightsSql = `
  select current_user as user, current_database() as database,
    to_regnamespace(quote_ident($1)) is not null as "schemaExists",
    coalesce(has_schema_privilege(to_regnamespace(quote_ident($1))::oid, 'create, usage'), false) as "schemaCreate",
    to_regnamespace(quote_ident($2)) is not null as "ownExists",
    coalesce(has_schema_privilege(to_regnamespace(quote_ident($2))::oid, 'create')
      and has_schema_privilege(to_regnamespace(quote_ident($2))::oid, 'usage'), false) as "ownCreate",
    has_database_privilege(current_database(), 'create') as "databaseCreate",
    current_setting('transaction_read_only')::boolean as "readOnly", pg_is_in_recovery() as standby,
    array(select format('%I.%I', n.nspname, c.relname) from pg_class c join pg_namespace n on n.oid = c.relnamespace
          where not pg_has_role(c.relowner, 'usage') and c.relkind in ('r', 'p') and not c.relispartition
            and (n.nspname = $2 or n.nspname = $1 and obj_description(c.oid, 'pg_class') like $3)
          order by 1) as foreign`;

/** What the role may do, held against what a backfill does. */
export async function rightsFindings(client: pg.Client, schema: string): Promise<Finding[]> {
  const { rows } = await client.query<Rights>(rightsSql, [schema, ownSchema, `${ownMark}%`]);
  const found = rows[0]!;
  const role = quote(found.user);
  const findings: Finding[] = [
    finding(
      'rights',
      'writing',
      found.standby ? 'the server is a standby' : found.readOnly ? 'transactions are read-only' : 'allowed',
      found.standby
        ? problem('connect to the primary')
        : found.readOnly
          ? problem(`"alter role ${role} set default_transaction_read_only = off", or take another role`)
          : undefined,
    ),
  ];
  for (const [name, exists, create] of [
    [ownSchema, found.ownExists, found.ownCreate],
    [schema, found.schemaExists, found.schemaCreate],
  ] as const) {
    const may = exists ? create : found.databaseCreate;
    const grant = exists
      ? `grant create, usage on schema ${quote(name)} to ${role}`
      : `grant create on database ${quote(found.database)} to ${role}`;
    const state = exists
      ? `${may ? 'may' : 'may not'} make tables in it`
      : `does not exist, and ${may ? 'may' : 'may not'} be made`;
    findings.push(finding('rights', `schema ${name}`, state, may ? undefined : problem(grant)));
  }
  const { foreign } = found;
  if (foreign.length > 0) {
    const shown = `${foreign.slice(0, 3).join(', ')}${foreign.length > 3 ? ` and ${foreign.length - 3} more` : ''}`;
    const advice = `partitions can be attached by the owner alone: connect as that role, or grant it to ${role}`;
    findings.push(finding('rights', 'tables', `${shown} of another role`, problem(advice)));
  }
  return findings;
}
