import { setTimeout as sleep } from 'node:timers/promises';
import type pg from 'pg';
import type { Database } from '../../host/index.ts';
import { type Contents, familyContents } from './contents.ts';
import { families } from './stage.ts';

export type Watch = {
  /** How often each family was read. */
  readonly reads: () => number;
  /** Ends the reading, and returns what nobody may ever see. */
  readonly stop: () => Promise<readonly string[]>;
};

/**
 * Reads the families one after the other while a run goes on. A partition is always in one of the states that there are,
 * whole, and goes through them in their order, unless the server dies meanwhile, which may lose its last commits.
 */
export function watch(database: Database, states: readonly Contents[], mayGoBack: boolean): Watch {
  const wrong: string[] = [];
  const reached = new Map<string, number>();
  let going = true;
  let reads = 0;

  const judge = (found: Contents, family: string): void => {
    const names = Object.keys(states.at(-1)!).filter(name => name.startsWith(`${family} `));
    for (const name of Object.keys(found)) if (!names.includes(name)) wrong.push(`${name} should not be`);
    for (const name of names) {
      const known = reached.get(name) ?? 0;
      const now = states.findIndex((state, i) => (mayGoBack || i >= known) && state[name] === found[name]);
      if (now < 0) wrong.push(`${name} was seen as ${found[name] ?? 'nothing'} behind state ${known}`);
      else reached.set(name, now);
    }
  };

  const reading = (async () => {
    let client: pg.Client | undefined;
    while (going) {
      try {
        client ??= await database.connect();
        for (const family of families) judge(await familyContents(client, family), family);
        reads++;
        await sleep(60);
      } catch {
        // the server is down, or a table went while it was read, as `clear` does
        await client?.end().catch(() => {});
        client = undefined;
        await sleep(50);
      }
    }
    await client?.end().catch(() => {});
  })();
  return {
    reads: () => reads,
    async stop() {
      going = false;
      await reading;
      return [...new Set(wrong)];
    },
  };
}
