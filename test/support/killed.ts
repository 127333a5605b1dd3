import { spawn } from 'node:child_process';
import { createInterface } from 'node:readline';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import type pg from 'pg';
import type { BackfillEvent, BackfillOptions, BackfillReport } from '../../host/index.ts';

const script = fileURLToPath(new URL('./backfillProcess.ts', import.meta.url));

/** Says at which event the clock of the kill begins. */
export type Moment = (event: BackfillEvent) => boolean;

/** Behind the n-th finished partition; with 0, as soon as it is known what is to be done. */
export function atPartition(number: number): Moment {
  let finished = 0;
  return ({ kind }) => {
    if (kind === 'partition') finished++;
    return number === 0 ? kind === 'plan' : kind === 'partition' && finished === number;
  };
}

/** Runs a backfill in a process, and kills it `afterMs` behind a moment, if it lives so long. */
export async function runAndKill(
  url: string,
  moment: Moment,
  afterMs: number,
  options: Partial<BackfillOptions> = {},
): Promise<{ killed: boolean; report: BackfillReport | undefined }> {
  const child = spawn(process.execPath, [script, url, JSON.stringify(options)], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const ended = new Promise<NodeJS.Signals | null>(resolve =>
    child.once('exit', (_, signal) => resolve(signal)),
  );
  let report: BackfillReport | undefined;
  for await (const line of createInterface({ input: child.stdout })) {
    const event = JSON.parse(line) as BackfillEvent | ({ kind: 'report' } & BackfillReport);
    if (event.kind === 'report') report = event;
    else if (moment(event)) setTimeout(() => child.kill('SIGKILL'), afterMs);
  }
  return { killed: (await ended) === 'SIGKILL', report };
}

/** Waits until the server has noticed that all other clients are gone, and has rolled back what they had begun. */
export async function untilAlone(client: pg.Client): Promise<void> {
  const others =
    "select count(*)::int as n from pg_stat_activity where datname = current_database() and pid <> pg_backend_pid() and backend_type = 'client backend'";
  while ((await client.query<{ n: number }>(others)).rows[0]!.n > 0) await sleep(20);
}
