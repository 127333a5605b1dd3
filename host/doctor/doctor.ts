import type pg from 'pg';
import { type PrepareOptions, prepare } from '../backfill/prepare.ts';
import { setByName } from '../catalog/catalog.ts';
import { defaultSet } from '../catalog/set.ts';
import { WindrowError } from '../errors.ts';
import type { Database } from '../store/database.ts';
import { pathsIn } from '../store/embedded/cluster.ts';
import { appliedNumber, latestMigration, ownSchema } from '../store/migrate.ts';
import { diskFindings, planBytes } from './disk.ts';
import { type Finding, finding, note, problem } from './finding.ts';
import { machineFindings, secretFinding, zoneFinding } from './machine.ts';
import { rightsFindings } from './rights.ts';
import { clockFindings, countTables, serverFindings, serverUse } from './server.ts';
import { settingFindings } from './settings.ts';

export type DoctorOptions = PrepareOptions & {
  readonly version: string;
  readonly workers: number;
  /** A configuration file that holds a password. */
  readonly secretFile?: string | undefined;
};

/** A check that cannot be made says why: the others go on. */
async function told(
  area: Finding['area'],
  check: string,
  make: () => Promise<Finding[]>,
): Promise<Finding[]> {
  try {
    return await make();
  } catch (error) {
    const known = error instanceof WindrowError ? error.hint : '"--debug" with another command shows more';
    return [finding(area, check, (error as Error).message, problem(known))];
  }
}

/** What the next backfill would make; undefined where there is nothing to plan, or a set of rows. */
async function planned(client: pg.Client, options: DoctorOptions) {
  const set = setByName(options.set ?? defaultSet, options.setConfig);
  if (set.layout.kind !== 'partitions') return undefined;
  try {
    const prepared = await prepare(client, options, { write: false });
    return { ...planBytes(prepared.set, prepared.plan, prepared.type), plan: prepared.plan };
  } catch (error) {
    const nothing = ['WR_NO_BARS', 'WR_MONTH_EMPTY', 'WR_SYMBOL_UNKNOWN'];
    if (error instanceof WindrowError && nothing.includes(error.code)) return undefined;
    throw error;
  }
}

async function planFindings(
  client: pg.Client,
  database: Database,
  options: DoctorOptions,
): Promise<Finding[]> {
  const { workers, schema = 'public' } = options;
  const applied = await appliedNumber(client, ownSchema);
  // planning would bring it up to date, and nothing is changed here
  const older = applied > 0 && applied < (await latestMigration());
  const plan = older ? undefined : await planned(client, options);
  const { largestFamily, tables } = await countTables(client, schema);
  const perFamily = Map.groupBy(
    (plan?.plan.tasks ?? []).flatMap(task => task.families),
    family => family,
  );
  const added = Math.max(0, ...[...perFamily.values()].map(tasks => tasks.length));
  const load = {
    ...{ workers, ...(await serverUse(client)) },
    largestFamily: largestFamily + added,
    tables: tables + 2 * (plan?.plan.partitions ?? 0),
  };
  const why = older
    ? `the schema ${ownSchema} is that of an older Windrow: look again when "windrow status" has upgraded it`
    : 'there are no bars here that a backfill would work on';
  const what = plan
    ? finding(
        'database',
        'plan',
        `${plan.plan.partitions} partitions to do, ${plan.plan.upToDate} up to date`,
      )
    : finding('database', 'plan', 'none', note(why));
  return [
    what,
    ...(await settingFindings(client, load)),
    ...(await diskFindings(client, database, plan && { ...plan, workers })),
  ];
}

/** What does not need a database. */
export async function hostFindings(options: DoctorOptions): Promise<Finding[]> {
  const { version, workers, secretFile } = options;
  const file = secretFile === undefined ? [] : await secretFinding(secretFile, 'configuration');
  return [...machineFindings(version, workers), ...file, zoneFinding()];
}

/** Looks at a database and its server: versions, rights, settings, space, clocks. Nothing is computed. */
export async function databaseFindings(database: Database, options: DoctorOptions): Promise<Finding[]> {
  const { dataDir, url, embedded } = database;
  const client = await database.connect();
  try {
    const where = finding('database', 'server', `${embedded ? 'embedded, ' : ''}${url}`);
    const password = dataDir === undefined ? [] : await secretFinding(pathsIn(dataDir).password, 'password');
    return [
      where,
      ...password,
      ...(await told('database', 'version', () => serverFindings(client))),
      ...(await told('rights', 'rights', () => rightsFindings(client, options.schema ?? 'public'))),
      ...(await told('database', 'plan', () => planFindings(client, database, options))),
      ...(await told('time', 'server', () => clockFindings(client))),
    ];
  } finally {
    await client.end();
  }
}
