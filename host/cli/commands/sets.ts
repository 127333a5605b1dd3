import type { FeatureSet } from '../../catalog/set.ts';
import type { Switch } from '../../store/switches.ts';
import { type Context, command, type ExitCode } from '../command.ts';
import { withDatabase } from '../database.ts';
import { count, counted } from '../format.ts';
import { databaseOptions } from '../options.ts';
import { checkSetNames, configuredSet, setConfigOf } from '../set.ts';

const options = ['off', 'on', 'json', ...databaseOptions] as const;
type Call = Context<(typeof options)[number]>;

const intervalText = (minutes: number): string =>
  minutes % 1440 === 0 ? `${minutes / 1440}d` : minutes % 60 === 0 ? `${minutes / 60}h` : `${minutes}m`;

const features = (set: FeatureSet): number =>
  set.families.reduce((sum, family) => sum + family.features.length, 0);

const shape = (set: FeatureSet) => ({
  set: set.name,
  title: set.title,
  features: features(set),
  families: set.families.length,
  interval: intervalText(set.bars.intervalMinutes),
  barsTable: set.bars.table,
  // one by family where there is none
  featureTable: set.layout.table ?? null,
  layout: set.layout.kind,
});

async function list({ settings, output }: Call): Promise<ExitCode> {
  const resolved = await settings();
  const { sets } = await import('../../catalog/catalog.ts');
  const shapes = [];
  for (const { name } of sets) shapes.push(shape(await configuredSet(resolved, name)));
  if (output.json) {
    for (const each of shapes) output.object({ kind: 'set', ...each });
    return 0;
  }
  const { printTable } = await import('../table.ts');
  printTable(output, {
    head: ['set', 'features', 'families', 'bars', 'bars table', 'feature table', 'kept', 'what it is for'],
    rows: shapes.map(each => [
      ...[each.set, count(each.features), count(each.families), each.interval, each.barsTable],
      ...[each.featureTable ?? 'one by family', each.layout, each.title],
    ]),
    right: [1, 2, 3],
  });
  output.note('next: windrow sets NAME, windrow features --set NAME');
  return 0;
}

type ShownOption = { readonly option: string; readonly value: unknown; readonly from: string };

const isGroup = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

/** The options in force, inner ones with dots, and where each comes from. */
function optionsOf(
  set: FeatureSet,
  given: Readonly<Record<string, unknown>> | undefined,
  from: string,
): ShownOption[] {
  const walk = (
    level: Readonly<Record<string, unknown>>,
    told: Record<string, unknown>,
    path: string,
  ): ShownOption[] =>
    Object.entries(level).flatMap(([key, value]): ShownOption[] => {
      const inner = told[key];
      if (isGroup(value)) return walk(value, isGroup(inner) ? inner : {}, `${path}${key}.`);
      return [{ option: `${path}${key}`, value, from: inner === undefined ? 'default' : from }];
    });
  return walk(set.options, given ?? {}, '');
}

type Off = { readonly feature: string; readonly from: string; readonly since?: string };

/** What is switched off in the database; no database is made or started anew to find out. */
async function switchesIn(context: Call, set: string): Promise<readonly Switch[]> {
  const resolved = await context.settings();
  const { databaseChoice } = await import('../../config/settings.ts');
  const { listSwitches } = await import('../../store/switches.ts');
  const { databaseUrl, dataDir } = databaseChoice(resolved);
  if (databaseUrl === undefined && (dataDir !== undefined || resolved.origins.databaseUrl.kind !== 'env')) {
    const { defaultDataDir } = await import('../../store/embedded/cluster.ts');
    const { embeddedState } = await import('../../store/embedded/server.ts');
    if (!(await embeddedState(dataDir ?? defaultDataDir())).exists) return [];
  }
  try {
    return await withDatabase(context, async database => {
      const client = await database.connect();
      return listSwitches(client, set).finally(() => client.end());
    });
  } catch (error) {
    if ((error as { exitCode?: number }).exitCode !== 3) throw error;
    context.output.note(`what is switched off in the database is not shown: ${(error as Error).message}`);
    return [];
  }
}

async function show(context: Call, name: string): Promise<ExitCode> {
  const { output } = context;
  const resolved = await context.settings();
  const { originText } = await import('../../config/show.ts');
  const set = await configuredSet(resolved, name);
  const from = originText(resolved.origins.sets);
  const shown = optionsOf(set, resolved.values.sets[name]?.options, from);
  const switched = await switchesIn(context, name);
  const off: Off[] = [
    ...set.off.map(feature => ({ feature, from })),
    ...switched.map(({ feature, since }) => ({ feature, from: 'database', since: since.toISOString() })),
  ];
  const families = set.families.map(family => ({
    family: family.name,
    phase: family.phase ?? null,
    features: family.features.length,
    title: family.title,
    ...(family.partition === undefined ? {} : { partition: family.partition }),
  }));
  if (output.json) {
    const { horizonBits, nullPolicy } = set;
    const rest = { horizonBits, nullPolicy, options: shown, byFamily: families, off };
    output.object({ kind: 'set', ...shape(set), ...rest });
    return 0;
  }
  const { printTable } = await import('../table.ts');
  const { barsTable, featureTable, layout, interval } = shape(set);
  const whole = families.flatMap(each => (each.partition === 'month' ? [each.family] : []));
  output.heading(`${set.name}: ${set.title}`);
  output.facts([
    ['features', `${features(set)} in ${counted(families.length, 'family', 'families')}`],
    ['bars', `${interval}, imported into ${barsTable}`],
    ['kept', layout === 'rows' ? `row by row in ${featureTable}` : 'by partition, a table by family'],
    ...(whole.length > 0 ? [['', `by month, all pairs in one partition: ${whole.join(', ')}`] as const] : []),
    ['NULL', set.nullPolicy === 'strict' ? 'until a window is full' : 'where a window is empty'],
  ]);
  output.line();
  printTable(output, {
    head: ['family', 'phase', 'features', 'what it holds'],
    rows: families.map(each => [
      ...[each.family, each.phase === null ? '-' : String(each.phase), String(each.features), each.title],
    ]),
    right: [1, 2],
  });
  if (shown.length > 0) {
    output.line();
    printTable(output, {
      head: ['option', 'value', 'from'],
      rows: shown.map(({ option, value, from }) => [option, String(value), from]),
    });
  }
  if (off.length > 0) {
    output.line();
    printTable(output, {
      head: ['switched off', 'in', 'since'],
      rows: off.map(({ feature, from, since }) => [
        ...[feature, from, since?.slice(0, 16).replace('T', ' ') ?? ''],
      ]),
    });
  }
  return 0;
}

/** Switches features in the database. */
async function toggle(context: Call, name: string): Promise<ExitCode> {
  const { flags, output } = context;
  const resolved = await context.settings();
  const set = await configuredSet(resolved, name);
  const [{ findFeature }, { migrate }, { switchFeatures }] = await Promise.all([
    import('../../catalog/catalog.ts'),
    import('../../store/migrate.ts'),
    import('../../store/switches.ts'),
  ]);
  // a wrong name before a database is opened for it
  const [off, on] = [flags.off ?? [], flags.on ?? []].map(names =>
    names.map(each => findFeature(set, each).qualifiedName),
  );
  const both = off!.find(feature => on!.includes(feature));
  if (both !== undefined) {
    const { WindrowError } = await import('../../errors.ts');
    const what = `feature "${both}" is in both "--off" and "--on"`;
    throw new WindrowError('WR_USAGE', { what, command: 'windrow sets' });
  }
  const config = setConfigOf(resolved.values, name);
  const done = await withDatabase(context, async database => {
    const client = await database.connect();
    try {
      await migrate(client);
      const off = await switchFeatures(client, name, flags.off ?? [], 'off', config);
      const on = await switchFeatures(client, name, flags.on ?? [], 'on', config);
      return { off, on };
    } finally {
      await client.end();
    }
  });
  if (output.json) output.object({ kind: 'report', set: name, ...done });
  else {
    for (const to of ['off', 'on'] as const)
      if (done[to].length > 0) output.line(`switched ${to} in ${name}: ${done[to].join(', ')}`);
    output.note('takes effect with the next run');
  }
  const kept = done.on.filter(feature => set.off.includes(feature));
  if (kept.length > 0) output.note(`still off by the configuration: ${kept.join(', ')}`);
  return 0;
}

export const sets = command({
  name: 'sets',
  summary: 'list the sets of features; show one, switch its features',
  details:
    'With a name: its families and phases, the options in force and where each comes from, and what is switched off. A feature that is switched off keeps its column, which holds NULL in rows computed from then on. --off and --on work on the database, for everyone who runs the set there; `sets` in windrow.config.yaml does so for who uses that file.',
  argument: { form: '[name]', summary: 'a set, for what it consists of' },
  options,
  examples: [
    { line: 'windrow sets', what: 'all of them' },
    { line: 'windrow sets stocks-hourly', what: 'families, phases, options, what is off' },
    { line: 'windrow sets stocks-hourly --off rsi_1w,mfi', what: 'two features less from the next run on' },
    { line: 'windrow sets stocks-hourly --on mfi', what: 'one of them again' },
  ],
  async run(context) {
    await checkSetNames(await context.settings());
    const [name] = context.args;
    const toggles = context.flags.off !== undefined || context.flags.on !== undefined;
    if (name !== undefined) return toggles ? toggle(context, name) : show(context, name);
    if (!toggles) return list(context);
    const { WindrowError } = await import('../../errors.ts');
    throw new WindrowError('WR_USAGE', {
      what: 'options "--off" and "--on" need the name of a set',
      command: 'windrow sets',
    });
  },
});
