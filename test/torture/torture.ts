import { setTimeout as sleep } from 'node:timers/promises';
import { backfill } from '../../host/index.ts';
import { type Draw, draws } from '../support/draws.ts';
import { proxyTo } from '../support/proxy.ts';
import { atNthAnswer, usualAnswers } from './answers.ts';
import { allDone, doneAgain, type Finished, finishedOnes, nothingHalf, untilGone } from './claims.ts';
import { anyMoment, type Kill, kills, pick } from './kills.ts';
import { watch } from './reader.ts';
import { type Ending, type Run, startRun } from './run.ts';
import { type Outcome, otherThan, partitions, type Stage, selection, type Version } from './stage.ts';

/** What came of one kill. */
export type Round = {
  readonly kill: string;
  /** Whether there was nothing before, so that the run had all to make and not to replace. */
  readonly fresh: boolean;
  /** Whether the run was still on its way when it was harmed. */
  readonly hit: boolean;
  /** Partitions that the run had finished all the same, and those that the same command did then. */
  readonly finished: number;
  readonly completed: number;
  readonly reads: number;
  readonly endings: readonly Ending[];
  readonly wrong: readonly string[];
};

const nothing: Outcome = { contents: {}, checksums: {} };

/** Runs the command to its end, and says what was wrong about that. */
async function complete(stage: Stage, due: number): Promise<string[]> {
  const report = await backfill({ database: stage.database, ...selection, workers: 1 });
  const wrong = report.failed.map(({ cause }) => `the same command fails: ${cause}`);
  if (report.done !== due) wrong.push(`the same command did ${report.done} partitions, ${due} were left`);
  return wrong;
}

/** What there is to begin with, what a run makes of it, and of one that comes back too late what its successor makes. */
async function begin(stage: Stage, kill: Kill, version: Version, fresh: boolean): Promise<Outcome[]> {
  const { outcomes } = stage;
  if (fresh) await stage.clear();
  await stage.load(otherThan(version));
  const states = [fresh ? nothing : outcomes[version], outcomes[otherThan(version)]];
  return kill.comeBack ? [...states, outcomes[version]] : states;
}

/** Starts what is to be harmed and harms it at some moment. Returns whether it came to that, and how all of it ended. */
async function harmed(
  stage: Stage,
  kill: Kill,
  draw: Draw,
  name: string,
): Promise<{ readonly hit: boolean; readonly ended: Promise<Ending[]>; readonly run: Run }> {
  await kill.prepare?.({ stage, draw });
  const run = startRun(stage, name, { fault: kill.fault?.(draw), away: kill.away });
  const ended = [run.ended];
  if (kill.rival) {
    await sleep(draw.uniform() * 500);
    ended.push(startRun(stage, `${name} rival`, { away: stage.other !== undefined }).ended);
  }
  let hit = kill.harm === undefined;
  if (kill.harm && (await run.at(anyMoment(draw, partitions)))) {
    hit = true;
    await kill.harm({ stage, run, draw });
  }
  return { hit, run, ended: Promise.all(ended) };
}

/** The same, at an answer of the server that the run does not get to hear. */
async function harmedAtAnswer(
  stage: Stage,
  { answer, harm }: NonNullable<Kill['atAnswer']>,
  draw: Draw,
  name: string,
) {
  let run: Run | undefined;
  let hit = false;
  const nth = Math.floor(draw.uniform() * usualAnswers[answer]);
  const meddlerOf = atNthAnswer(answer, nth, backend => {
    hit = true;
    return harm(run!, backend);
  });
  const proxy = await proxyTo(stage.url, meddlerOf);
  run = startRun(stage, name, { at: proxy.url });
  const ending = await run.ended;
  await proxy.close();
  return { hit, run, ended: Promise.resolve([ending]) };
}

/** One run that is harmed at a moment, and then the same command to its end; with what was found wrong. */
async function round(stage: Stage, kill: Kill, version: Version, draw: Draw, name: string): Promise<Round> {
  const fresh = draw.uniform() < 0.5;
  const states = await begin(stage, kill, version, fresh);
  const after = states.at(-1)!;
  const earlier = await finishedOnes(await stage.client());
  const contents = states.map(state => state.contents);
  const reader = watch(stage.database, contents, kill.server === true);
  const { hit, run, ended } = kill.atAnswer
    ? await harmedAtAnswer(stage, kill.atAnswer, draw, name)
    : await harmed(stage, kill, draw, name);
  let endings: Ending[] = [];
  if (kill.comeBack) await stage.load(version);
  else endings = await ended;
  await kill.mend?.(stage);
  const client = await stage.client();
  if (!kill.comeBack) await untilGone(client, [name, `${name} rival`]);

  const published = endings.flatMap(ending => ending.published);
  const wrong = await nothingHalf(client, states, kill.server ? [] : published);
  for (const twice of published.filter((one, i) => published.indexOf(one) !== i))
    wrong.push(`${twice} was published by both`);
  const finished = new Map<string, Finished>();
  for (const [partition, found] of await finishedOnes(client))
    if (earlier.get(partition)?.runId !== found.runId) finished.set(partition, found);
  // behind bars that have changed once more, nothing is
  const due = kill.comeBack ? partitions : partitions - finished.size;

  wrong.push(...(await complete(stage, due)));
  const completed = await finishedOnes(client);
  if (kill.comeBack) {
    kill.comeBack({ stage, run });
    endings = await ended;
    await untilGone(client, [name]);
    wrong.push(...doneAgain(completed, await finishedOnes(client)));
  } else wrong.push(...doneAgain(finished, completed));
  wrong.push(...(await allDone(stage, after)));
  wrong.push(...(await reader.stop()).map(what => `a reader: ${what}`));
  const counts = { finished: finished.size, completed: due, reads: reader.reads() };
  return { kill: kill.name, fresh, hit, ...counts, endings, wrong };
}

export type TortureOptions = {
  readonly kills: number;
  readonly seed: number;
  /** Which ways to kill; default: all. */
  readonly ways?: readonly Kill[];
  readonly onRound?: (round: Round, number: number) => void;
  readonly isStopped?: () => boolean;
};

/** Kills so many runs, each in a way and at a moment that follow from the seed. Each way comes up before any comes again. */
export async function torture(stage: Stage, options: TortureOptions): Promise<Round[]> {
  const able = (options.ways ?? kills).filter(
    ({ disk, away }) => (stage.ownDisks || !disk) && (stage.other || !away),
  );
  const draw = draws(options.seed);
  const rounds: Round[] = [];
  let version: Version = 'corrected';
  let deck: Kill[] = [];
  for (let number = 1; number <= options.kills && !options.isStopped?.(); number++) {
    if (deck.length === 0) deck = [...able];
    const kill = pick(draw, deck);
    deck = deck.filter(other => other !== kill);
    const done = await round(stage, kill, version, draw, `torture run ${number}`);
    if (!kill.comeBack) version = otherThan(version);
    rounds.push(done);
    options.onRound?.(done, number);
  }
  return rounds;
}
