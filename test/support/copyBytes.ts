/** A cell of a row for {@link encodeCopy}: a timestamp in microseconds since 1970, a float8, a float4 or a text. */
export type Cell =
  | { readonly time: number }
  | { readonly text: string }
  | { readonly real: number | null }
  | number
  | null;

const microsTo2000 = 946_684_800_000_000n;

function cellBytes(cell: Cell): Buffer | undefined {
  if (cell === null || (typeof cell === 'object' && 'real' in cell && cell.real === null)) return undefined;
  if (typeof cell === 'object' && 'text' in cell) return Buffer.from(cell.text);
  if (typeof cell === 'object' && 'real' in cell) {
    const bytes = Buffer.alloc(4);
    bytes.writeFloatBE(cell.real!);
    return bytes;
  }
  const bytes = Buffer.alloc(8);
  if (typeof cell === 'object') bytes.writeBigInt64BE(BigInt(cell.time) - microsTo2000);
  else bytes.writeDoubleBE(cell);
  return bytes;
}

/** Rows as a whole binary COPY, written the obvious way. */
export function encodeCopy(rows: readonly (readonly Cell[])[]): Buffer {
  const parts: Buffer[] = [Buffer.from('PGCOPY\n\xff\r\n\0', 'latin1'), Buffer.alloc(8)];
  const int = (value: number, size: 2 | 4) => {
    const bytes = Buffer.alloc(size);
    bytes.writeIntBE(value, 0, size);
    parts.push(bytes);
  };
  for (const row of rows) {
    int(row.length, 2);
    for (const cell of row) {
      const bytes = cellBytes(cell);
      int(bytes?.length ?? -1, 4);
      if (bytes) parts.push(bytes);
    }
  }
  int(-1, 2);
  return Buffer.concat(parts);
}

/** Reads a binary COPY of one timestamp column and then float8 columns; times in microseconds since 1970. */
export function decodeCopy(bytes: Buffer): (number | null)[][] {
  const rows: (number | null)[][] = [];
  let at = 19;
  for (;;) {
    const fields = bytes.readInt16BE(at);
    at += 2;
    if (fields === -1) return rows;
    const row: (number | null)[] = [];
    for (let field = 0; field < fields; field++) {
      const length = bytes.readInt32BE(at);
      at += 4;
      if (length === -1) row.push(null);
      else if (field === 0) row.push(Number(bytes.readBigInt64BE(at) + microsTo2000));
      else row.push(bytes.readDoubleBE(at));
      at += Math.max(0, length);
    }
    rows.push(row);
  }
}

/** A CopyData message, as a connection carries a piece of a COPY. */
export function copyData(payload: Uint8Array): Buffer {
  const head = Buffer.from('d\0\0\0\0', 'latin1');
  head.writeInt32BE(4 + payload.length, 1);
  return Buffer.concat([head, payload]);
}
