import { afterAll, beforeAll, expect, test } from 'vitest';
import { openDatabase } from '../../host/index.ts';
import { kills } from '../torture/kills.ts';
import { type Stage, setStage } from '../torture/stage.ts';
import { type Round, torture } from '../torture/torture.ts';

// The short form of `npm run torture`: what was found in hundreds of kills is looked for again in a dozen or somewhat more.

const seed = Number(process.env.WINDROW_SEED ?? 20_240_701);
/** A thread that loops takes its time to be given up; failures.test.ts waits for one. */
const ways = kills.filter(({ name }) => !/loops|exhausts/.test(name));

let stage: Stage;
beforeAll(async () => {
  stage = await setStage();
});
afterAll(() => stage.close());

test('a server gives up a host that has gone within a minute', async () => {
  const database = await openDatabase({ databaseUrl: stage.other?.url ?? stage.url });
  const client = await database.connect();
  const show = async (name: string) => (await client.query(`show ${name}`)).rows[0][name];
  // a socket of this machine knows of no such thing
  const [idle, interval, count, user] = stage.other ? ['30', '10', '3', '60000'] : ['0', '0', '0', '0'];
  expect(await show('tcp_keepalives_idle')).toBe(idle);
  expect(await show('tcp_keepalives_interval')).toBe(interval);
  expect(await show('tcp_keepalives_count')).toBe(count);
  expect(await show('tcp_user_timeout')).toBe(user);
  await client.end();
  await database.close();
});

test(`a run that is killed anywhere loses nothing, and the same command completes it (seed ${seed})`, async () => {
  const rounds: Round[] = [];
  const leftWork = () => rounds.filter(({ hit, completed }) => hit && completed > 0).length;
  const hadDone = () => rounds.filter(({ finished }) => finished > 0).length;
  // most of what may be drawn the run mends by itself: drawn is until enough have left work to the same command
  const isStopped = () => rounds.length >= 10 && leftWork() >= 4 && hadDone() >= 4;
  await torture(stage, { kills: 24, seed, ways, isStopped, onRound: round => rounds.push(round) });
  expect(rounds.flatMap(({ kill, wrong }) => wrong.map(what => `${kill}: ${what}`))).toEqual([]);
  // they did get killed, with work behind them and before them
  expect(leftWork()).toBeGreaterThanOrEqual(4);
  expect(hadDone()).toBeGreaterThanOrEqual(4);
}, 600_000);
