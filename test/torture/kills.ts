import type { Draw } from '../support/draws.ts';
import type { Fate } from '../support/proxy.ts';
import { usedKilobytes } from '../support/smallDisk.ts';
import type { Answer } from './answers.ts';
import type { ThreadFault } from './faultyWorker.ts';
import type { Moment, Run } from './run.ts';
import { months, type Stage, symbols } from './stage.ts';

// The ways to come to grief. Each harms a run that is on its way at the moment that was drawn, and says what it did.

export type Scene = { readonly stage: Stage; readonly run: Run; readonly draw: Draw };

export type Kill = {
  readonly name: string;
  /** Whether the server dies with it, which may lose its last commits. */
  readonly server?: true;
  /** Needs a disk that can be filled. */
  readonly disk?: true;
  /** What befalls one worker thread by itself. */
  readonly fault?: (draw: Draw) => ThreadFault;
  /** Needs another host, on which the run is. */
  readonly away?: true;
  /** The run goes on when its successor has done. */
  readonly comeBack?: (scene: Pick<Scene, 'stage' | 'run'>) => void;
  /** Another run of the same command goes on beside it, on another host where there is one. */
  readonly rival?: true;
  /** Before the run begins. */
  readonly prepare?: (scene: Omit<Scene, 'run'>) => Promise<void>;
  readonly harm?: (scene: Scene) => Promise<void>;
  /** Not at some moment: at a word of the server's, which the run does not hear. */
  readonly atAnswer?: { readonly answer: Answer; readonly harm: (run: Run, backend: number) => Fate };
  /** When the run has ended: makes the world whole again. */
  readonly mend?: (stage: Stage) => Promise<void>;
};

export const pick = <T>({ uniform }: Draw, from: readonly T[]): T =>
  from[Math.floor(uniform() * from.length)]!;

/** A moment anywhere in a run: in its beginning, or behind one of its partitions, the last of which are done in no time. */
export function anyMoment({ uniform }: Draw, partitions: number): Moment {
  if (uniform() < 0.12) return { partition: -1, afterMs: uniform() * 600 };
  return { partition: Math.floor(uniform() * 0.8 * partitions), afterMs: uniform() ** 2 * 40 };
}

const processKill = (signal: NodeJS.Signals): Kill => ({
  name: `process ${signal}`,
  harm: async ({ run }) => run.kill(signal),
});

const behind = (answer: Answer): Kill => ({
  name: `behind a ${answer}, process SIGKILL`,
  atAnswer: {
    answer,
    harm(run) {
      run.kill('SIGKILL');
      return 'silence';
    },
  },
});

const cutBehind = (answer: Answer): Kill => ({
  name: `behind a ${answer}, connection cut`,
  atAnswer: { answer, harm: () => ({ last: Buffer.alloc(0) }) },
});

const threadKill = (fault: ThreadFault['fault']): Kill => ({
  name: `thread ${fault}`,
  fault: draw => ({
    fault,
    symbol: pick(draw, [...symbols, '*']),
    month: pick(draw, months),
    afterMs: draw.uniform() * 60,
  }),
});

/** Process numbers of the server's ends of the run's connections. */
async function backendsOf({ stage, run }: Scene): Promise<number[]> {
  const { rows } = await (await stage.client()).query<{ pid: number }>(
    'select pid from pg_stat_activity where application_name = $1 order by pid',
    [run.name],
  );
  return rows.map(({ pid }) => pid);
}

/** Process numbers are those of this machine: the server is our own. */
function killProcess(pid: number, signal: NodeJS.Signals): void {
  try {
    process.kill(pid, signal);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ESRCH') throw error;
  }
}

/** Ends connections, and waits until they have ended. */
async function terminate(stage: Stage, backends: readonly number[]): Promise<void> {
  const client = await stage.client();
  for (const pid of backends) await client.query('select pg_terminate_backend($1, 5000)', [pid]);
}

const tablespace = 'torture_tables';

export const kills: readonly Kill[] = [
  processKill('SIGKILL'),
  processKill('SIGTERM'),
  processKill('SIGINT'),
  behind('commit'),
  behind('statement'),
  cutBehind('commit'),
  {
    name: 'behind a commit, backend terminated',
    atAnswer: {
      answer: 'commit',
      harm(_, backend) {
        killProcess(backend, 'SIGTERM');
        return 'silence';
      },
    },
  },
  cutBehind('statement'),
  {
    name: 'process suspended, taken for dead, and back',
    comeBack: ({ run }) => run.kill('SIGCONT'),
    async harm(scene) {
      const { stage, run, draw } = scene;
      run.kill('SIGSTOP');
      const client = await stage.client();
      const backends = await backendsOf(scene);
      // one that holds nothing up need not have lost its connections
      const held = "select from pg_locks where locktype <> 'virtualxid' and pid = any($1)";
      if (draw.uniform() < 0.5 && (await client.query(held, [backends])).rowCount === 0) return;
      await terminate(stage, backends);
    },
  },
  {
    name: 'host cut off, taken for dead, and back',
    away: true,
    comeBack: ({ stage }) => stage.other!.host.join(),
    async harm(scene) {
      scene.stage.other!.host.cut();
      // as the server does by itself within a minute
      await terminate(scene.stage, await backendsOf(scene));
    },
  },
  { name: 'two at once', rival: true, harm: async () => {} },
  {
    name: 'two at once, one of them SIGKILL',
    rival: true,
    harm: async ({ run }) => run.kill('SIGKILL'),
  },
  threadKill('throws'),
  threadKill('loops'),
  threadKill('exhausts its memory'),
  threadKill('exits'),
  {
    name: 'connection terminated',
    async harm(scene) {
      const backends = await backendsOf(scene);
      if (backends.length > 0) await terminate(scene.stage, [pick(scene.draw, backends)]);
    },
  },
  {
    name: 'all connections terminated',
    harm: async scene => terminate(scene.stage, await backendsOf(scene)),
  },
  {
    name: 'backend SIGKILL',
    server: true,
    async harm(scene) {
      const backends = await backendsOf(scene);
      if (backends.length > 0) killProcess(pick(scene.draw, backends), 'SIGKILL');
    },
    mend: stage => stage.restart(),
  },
  {
    name: 'server shut down at once and restarted',
    server: true,
    async harm({ stage }) {
      killProcess(stage.serverPid(), 'SIGQUIT');
      await stage.restart();
    },
    mend: stage => stage.restart(),
  },
  {
    name: 'disk of the data folder full',
    server: true,
    disk: true,
    async harm({ stage, draw }) {
      const { folder, resize } = stage.disks.data;
      const spare = Math.floor(draw.uniform() ** 2 * 2048);
      // what is used may grow before it is limited, which is then refused
      while (!resize(usedKilobytes(folder) + spare));
    },
    async mend(stage) {
      stage.disks.data.reset();
      await stage.restart();
    },
  },
  {
    name: 'disk of the tables full',
    disk: true,
    async prepare({ stage, draw }) {
      const { folder, resize } = stage.disks.tables;
      const client = await stage.client();
      const known = await client.query('select from pg_tablespace where spcname = $1', [tablespace]);
      if (known.rowCount === 0) await client.query(`create tablespace ${tablespace} location '${folder}'`);
      await client.query(`alter database windrow set default_tablespace = ${tablespace}`);
      resize(usedKilobytes(folder) + 32 + Math.floor(draw.uniform() * 1200));
    },
    async mend(stage) {
      stage.disks.tables.reset();
      await (await stage.client()).query('alter database windrow reset default_tablespace');
    },
  },
];
