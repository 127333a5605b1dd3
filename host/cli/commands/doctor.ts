import type { Finding, Level } from '../../doctor/finding.ts';
import { WindrowError } from '../../errors.ts';
import { command, type ExitCode } from '../command.ts';
import { withDatabase } from '../database.ts';
import { counted } from '../format.ts';
import { databaseOptions, rangeOptions } from '../options.ts';
import type { Output } from '../output.ts';
import { backfillChoice } from '../selection.ts';
import { configuredSet } from '../set.ts';

const colours = { ok: 'green', note: 'cyan', warning: 'yellow', error: 'red' } as const;

function print(output: Output, findings: readonly Finding[]): void {
  const width = Math.max(...findings.map(({ check }) => check.length));
  for (const [area, own] of Map.groupBy(findings, ({ area }) => area)) {
    output.heading(area);
    for (const { check, level, found, advice } of own) {
      output.line(`  ${output.style(colours[level], level.padEnd(7))}  ${check.padEnd(width)}  ${found}`);
      if (advice !== undefined) output.line(`${' '.repeat(width + 13)}${advice}`);
    }
  }
}

export const doctor = command({
  name: 'doctor',
  summary: 'look at this machine and the database, and say what to do',
  details:
    'Versions, rights of the role, settings of the server that matter, room on the disk held against what the next backfill would make, transactions of others that stand in the way, clocks and time zones, files with passwords. Nothing is changed. Exit code 0: all is well, or there are notes; 1: warnings; 3: a backfill would not get to its end.',
  options: ['set', ...rangeOptions, 'source', 'type', 'workers', 'json', ...databaseOptions],
  examples: [
    { line: 'windrow doctor', what: 'before the first backfill, and when something is slow' },
    { line: 'windrow doctor --pairs eurusd --from 2024-07', what: 'room for a part of it' },
    {
      line: 'windrow doctor --json | jq -c "select(.level == \\"warning\\" or .level == \\"error\\")"',
      what: 'what to do, for a program',
    },
  ],
  async run(context) {
    const { flags, output } = context;
    const resolved = await context.settings();
    await configuredSet(resolved);
    const { databaseFindings, hostFindings } = await import('../../doctor/doctor.ts');
    const { finding, problem } = await import('../../doctor/finding.ts');
    const { packageVersion } = await import('../version.ts');
    const { values, origins, file } = resolved;
    const fromFile =
      origins.databaseUrl.kind === 'file' && /:[^/@]*@|password=/.test(values.databaseUrl ?? '');
    const options = {
      ...backfillChoice(values, flags),
      ...{ version: packageVersion, workers: values.workers, secretFile: fromFile ? file : undefined },
    };
    const findings = await hostFindings(options);
    try {
      findings.push(...(await withDatabase(context, database => databaseFindings(database, options))));
    } catch (error) {
      if (!(error instanceof WindrowError)) throw error;
      findings.push(finding('database', 'server', error.message, problem(error.hint)));
    }
    const numberOf = (level: Level): number => findings.filter(each => each.level === level).length;
    const [errors, warnings, notes] = [numberOf('error'), numberOf('warning'), numberOf('note')];
    const exitCode: ExitCode = errors > 0 ? 3 : warnings > 0 ? 1 : 0;
    if (output.json) {
      for (const each of findings) output.object({ kind: 'finding', ...each });
      output.object({ kind: 'report', ok: numberOf('ok'), notes, warnings, errors });
      return exitCode;
    }
    print(output, findings);
    output.line(`${counted(errors, 'error')}, ${counted(warnings, 'warning')}, ${counted(notes, 'note')}`);
    return exitCode;
  },
});
