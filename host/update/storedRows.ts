import { literal, quote } from '../store/identifiers.ts';
import { sqlTime } from '../store/month.ts';
import type { Lane } from './batch.ts';
import type { Due } from './order.ts';
import { sourceColumn } from './table.ts';

/** The condition that leaves the stored rows of a symbol between two times. */
export function rowsSql(
  { table, source }: Pick<Lane, 'table' | 'source'>,
  { symbol, from, to }: Due,
): string {
  const time = quote(table.timeColumn);
  return [
    `${quote(table.symbolColumn)} = ${literal(symbol)}`,
    `${quote(sourceColumn)} = ${literal(source.origin)}`,
    ...(from === undefined ? [] : [`${time} >= ${literal(sqlTime(from))}`]),
    ...(to === undefined ? [] : [`${time} <= ${literal(sqlTime(to))}`]),
  ].join(' and ');
}
