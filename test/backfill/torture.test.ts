import { afterAll, beforeAll, expect, test } from 'vitest';
import { openDatabase } from '../../host/index.ts';
import { kills } from '../torture/kills.ts';
import { type Stage, setStage } from '../torture/stage.ts';
import { torture } from '../torture/torture.ts';

// The short form of `npm run torture`: what was found in hundreds of kills is looked for again in a dozen.

const seed = Number(process.env.WINDROW_SEED ?? 2);
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
  const rounds = await torture(stage, { kills: 12, seed, ways });
  expect(rounds.flatMap(({ kill, wrong }) => wrong.map(what => `${kill}: ${what}`))).toEqual([]);
  expect(rounds).toHaveLength(12);
  // they did get killed, with work behind them and before them
  expect(rounds.filter(({ hit, completed }) => hit && completed > 0).length).toBeGreaterThan(3);
  expect(rounds.filter(({ finished }) => finished > 0).length).toBeGreaterThan(3);
}, 600_000);
