import type pg from 'pg';
import { benchLeftovers } from '../store/benchSchemas.ts';
import { quote } from '../store/identifiers.ts';
import { appliedNumber, latestMigration, ownSchema } from '../store/migrate.ts';
import { ownMark } from '../store/tables.ts';
import { type Finding, finding, note, problem, warning } from './finding.ts';

/** The newest major version that Windrow is tested with. */
const newestTested = 18;
const skewLimitMs = 2000;

const ageText = (seconds: number): string =>
  seconds < 120 ? `${Math.round(seconds)} s` : `${Math.round(seconds / 60)} min`;

/** Version of the server, of Windrow's own schema in it, and who has had a transaction open for long. */
export async function serverFindings(client: pg.Client): Promise<Finding[]> {
  const { rows } = await client.query<{ version: string; major: number }>(
    `select current_setting('server_version') as version, current_setting('server_version_num')::int / 10000 as major`,
  );
  const { version, major } = rows[0]!;
  const untested = note(`Windrow is tested with Postgres 15 to ${newestTested}`);
  const [applied, latest] = [await appliedNumber(client, ownSchema), await latestMigration()];
  const older = note('the next command that writes, or looks at states, brings it up to date under a lock');
  const newer = problem('a newer Windrow has worked here; upgrade this one');
  return [
    finding('database', 'postgres', version, major > newestTested ? untested : undefined),
    finding(
      'database',
      `schema ${ownSchema}`,
      applied === 0 ? 'not there yet' : `migration ${applied} of ${latest}`,
      applied > latest ? newer : applied > 0 && applied < latest ? older : undefined,
    ),
    ...(await longTransactions(client)),
    ...(await benchFindings(client)),
  ];
}

/** What `windrow bench` could not drop, because it was killed. */
async function benchFindings(client: pg.Client): Promise<Finding[]> {
  const schemas = await benchLeftovers(client);
  if (schemas.length === 0) return [];
  const drop = schemas.map(schema => `drop schema ${quote(schema)} cascade`).join('; ');
  const what = warning(`they take room for nothing: the next "windrow bench" removes them, or: ${drop}`);
  return [finding('database', 'bench', `a measurement that was killed has left ${schemas.join(', ')}`, what)];
}

/** Transactions that are open for minutes: who reads a pair keeps its partitions from being replaced. */
async function longTransactions(client: pg.Client): Promise<Finding[]> {
  const { rows } = await client.query<{ pid: number; who: string; state: string; seconds: number }>(
    `select pid, coalesce(nullif(application_name, ''), usename) as who, state,
       extract(epoch from clock_timestamp() - xact_start)::float8 as seconds
     from pg_stat_activity
     where datname = current_database() and pid <> pg_backend_pid() and backend_type = 'client backend'
       and application_name not like 'windrow %'
       and xact_start < clock_timestamp() - interval '5 minutes'
     order by xact_start limit 3`,
  );
  return rows.map(({ pid, who, state, seconds }) =>
    finding(
      'database',
      'transaction',
      `"${who}" has one open for ${ageText(seconds)} (backend ${pid}, ${state})`,
      warning(
        `what it has read cannot be replaced until it ends: end it, or "select pg_terminate_backend(${pid})"`,
      ),
    ),
  );
}

/** The server's clock and default zone. Windrow's own connections use UTC whatever the default is. */
export async function clockFindings(client: pg.Client): Promise<Finding[]> {
  const before = Date.now();
  const { rows } = await client.query<{ now: number; zone: string }>(
    `select extract(epoch from clock_timestamp())::float8 * 1000 as now,
       (select reset_val from pg_settings where name = 'TimeZone') as zone`,
  );
  const { now, zone } = rows[0]!;
  const skew = Math.abs(now - (before + Date.now()) / 2);
  const other = note(
    "columns of time hold UTC without a zone: compare them with \"now() at time zone 'UTC'\", or alter role ... set timezone = 'UTC'",
  );
  return [
    finding('time', 'server', zone, /^(Etc\/)?(UTC|GMT|Universal|Zulu)$/i.test(zone) ? undefined : other),
    finding(
      'time',
      'clocks',
      skew < 1000 ? 'agree' : `${(skew / 1000).toFixed(1)} s apart`,
      skew > skewLimitMs
        ? note('times in the ledger are the server’s, those in logs are of here')
        : undefined,
    ),
  ];
}

/** Tables of the largest family and of the whole database, partitions among them. */
export async function countTables(
  client: pg.Client,
  schema: string,
): Promise<{ largestFamily: number; tables: number }> {
  const { rows } = await client.query<{ largest: number; tables: number }>(
    `select (select count(*)::int from pg_class where relkind in ('r', 'p', 'i', 'I')) as tables,
       coalesce((select max((select count(*)::int from pg_partition_tree(c.oid)))
         from pg_class c join pg_namespace n on n.oid = c.relnamespace
         where n.nspname = $1 and c.relkind = 'p' and not c.relispartition
           and obj_description(c.oid, 'pg_class') like $2), 0) as largest`,
    [schema, `${ownMark}%`],
  );
  return { largestFamily: rows[0]!.largest, tables: rows[0]!.tables };
}

/** Connections that others have open, and whether somebody replicates or archives. */
export async function serverUse(
  client: pg.Client,
): Promise<{ otherConnections: number; replicated: boolean }> {
  const { rows } = await client.query<{ others: number; replicated: boolean }>(
    `select (select count(*)::int from pg_stat_activity
             where backend_type = 'client backend' and pid <> pg_backend_pid()) as others,
       exists (select from pg_stat_replication) or exists (select from pg_replication_slots)
         or current_setting('archive_mode') <> 'off' as replicated`,
  );
  return { otherConnections: rows[0]!.others, replicated: rows[0]!.replicated };
}
