import type { CellType } from '../../../host/engine/copyTable.ts';

/** What a stream holds up to its end or its first fault, which `fault` names as the decoder does. */
export type Decoded = {
  readonly time: readonly number[];
  /** By column; NaN is NULL. */
  readonly columns: readonly (readonly number[])[];
  readonly fault: string | undefined;
};

class Ends extends Error {}

const epoch2000 = 946_684_800_000_000n;
const farthest = 2n ** 53n;

/** Reads a binary COPY value by value, as its format is written down, without regard to how it comes. */
export function decodeNaively(stream: Buffer, count: number, type: CellType): Decoded {
  const time: number[] = [];
  const columns: number[][] = Array.from({ length: count }, () => []);
  const cellBytes = type === 'double' ? 8 : 4;
  let at = 0;
  const take = (bytes: number): Buffer => {
    if (bytes > stream.length - at) throw new Ends();
    at += bytes;
    return stream.subarray(at - bytes, at);
  };
  const done = (fault?: string): Decoded => ({ time, columns, fault });
  try {
    const head = take(19);
    if (head.toString('latin1', 0, 11) !== 'PGCOPY\n\xff\r\n\0')
      return done('the signature "PGCOPY" is missing');
    const flags = head.readUInt32BE(11);
    if (flags > 0xffff) return done(`header flags are 0x${flags.toString(16)}, known critical flags: none`);
    const extension = head.readInt32BE(15);
    if (extension < 0) return done(`header extension has length ${extension}`);
    take(extension);
    for (;;) {
      const fields = take(2).readInt16BE();
      if (fields === -1) return done(at < stream.length ? 'bytes follow the trailer' : undefined);
      if (fields !== count + 1) return done(`tuple has ${fields} fields, expected ${count + 1}`);
      const length = take(4).readInt32BE();
      if (length !== 8) return done(`time has length ${length}, expected 8`);
      const micros = take(8).readBigInt64BE() + epoch2000;
      if (micros > farthest || micros < -farthest) return done('time is outside 1684-07 to 2255-06');
      const row: number[] = [];
      for (let field = 2; field <= count + 1; field++) {
        const size = take(4).readInt32BE();
        if (size === -1) row.push(Number.NaN);
        else if (size !== cellBytes)
          return done(`field ${field} has length ${size}, expected ${cellBytes} or NULL`);
        else row.push(type === 'double' ? take(8).readDoubleBE() : take(4).readFloatBE());
      }
      time.push(Number(micros));
      for (const [column, value] of row.entries()) columns[column]!.push(value);
    }
  } catch (error) {
    if (error instanceof Ends) return done('it ends without its trailer');
    throw error;
  }
}
