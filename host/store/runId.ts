import { randomBytes } from 'node:crypto';
import type pg from 'pg';
import { qualify } from './identifiers.ts';
import { ownSchema } from './migrate.ts';

// A run's id is a UUID of version 7 (RFC 9562): its first 60 bits, without the version, are when the run began, in steps of
// 1/4096 ms. As text such ids are in the order in which runs began, which is what decides where two have done the same.

/** Ids that say when a run began; earlier versions of Windrow drew them at random. */
const ordered = '^[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-';
const orderedPattern = new RegExp(ordered);

/** SQL: an id for comparison with others; one that says nothing is before all. */
export const orderSql = (id: string): string =>
  `(case when ${id} ~ '${ordered}' then ${id} else '' end) collate "C"`;

const orderOf = (id: string | null | undefined): string => (id && orderedPattern.test(id) ? id : '');

/** Whether a run began after another. */
export const isLater = (id: string | null | undefined, than: string | null | undefined): boolean =>
  orderOf(id) > orderOf(than);

const ticksPerMs = 4096n;

const ticksOf = (id: string): bigint =>
  BigInt(`0x${id.slice(0, 8)}${id.slice(9, 13)}`) * ticksPerMs + BigInt(`0x${id.slice(15, 18)}`);

function idAt(ticks: bigint): string {
  const ms = (ticks / ticksPerMs).toString(16).padStart(12, '0');
  const rest = (ticks % ticksPerMs).toString(16).padStart(3, '0');
  const random = randomBytes(8);
  random[0] = (random[0]! & 0x3f) | 0x80;
  const tail = random.toString('hex');
  return `${ms.slice(0, 8)}-${ms.slice(8)}-7${rest}-${tail.slice(0, 4)}-${tail.slice(4)}`;
}

/**
 * The id of a run that begins now: after all that the ledger knows, by the server's clock, and where that was set back, by
 * the ledger.
 */
export async function nextRunId(client: pg.Client): Promise<string> {
  const { rows } = await client.query<{ micros: string; last: string }>(
    `select floor(extract(epoch from clock_timestamp()) * 1e6)::bigint::text as micros,
       coalesce((select max(${orderSql('run_id')}) from ${qualify(ownSchema, 'ledger')}), '') as last`,
  );
  const { micros, last } = rows[0]!;
  const now = (BigInt(micros) * ticksPerMs) / 1000n;
  const known = orderOf(last) === '' ? 0n : ticksOf(last);
  return idAt(now > known ? now : known + 1n);
}
