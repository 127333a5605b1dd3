import { inspect } from 'node:util';
import { expect, test } from 'vitest';
import { openDatabase, WindrowError } from '../../host/index.ts';

// a password that is not escaped is the usual reason for a URL that is none
for (const databaseUrl of [
  'postgresql://me:hush/hush@host/db',
  'postgresql://me:hush:hush@host:x/db',
  'postgresql://me:hush@hush@host:x/db?password=hush',
  'mysql://me:hush@host/db',
  'me:hush@host/db',
  'host=somewhere password=hush',
]) {
  test(`no password in the error of "${databaseUrl}"`, async () => {
    const error = await openDatabase({ databaseUrl }).catch((caught: unknown) => caught);
    expect(error).toBeInstanceOf(WindrowError);
    expect(error).toMatchObject({ code: 'WR_DATABASE_UNREACHABLE' });
    expect(inspect(error, { depth: 9 })).not.toContain('hush');
  });
}
