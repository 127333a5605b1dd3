// A WebAssembly module that counts what it executes: the same code, with a counter that is raised at the beginning of every
// straight piece of it by the number of instructions up to its end. The count is the same on every machine, which time is
// not. Only what computes, loads, stores, calls or branches counts: structure, constants and the names of locals become no
// instructions of a machine. An instruction over two lanes counts one, and so do memory.copy and memory.fill.

const section = { global: 6, export: 7, code: 10 } as const;

class Reader {
  readonly bytes: Uint8Array;
  at: number;

  constructor(bytes: Uint8Array, at = 0) {
    this.bytes = bytes;
    this.at = at;
  }

  byte(): number {
    return this.bytes[this.at++]!;
  }

  unsigned(): number {
    let value = 0;
    for (let scale = 1; ; scale *= 128) {
      const byte = this.byte();
      value += (byte & 127) * scale;
      if (byte < 128) return value;
    }
  }

  /** Skips a number of whatever sign. */
  skip(count = 1): void {
    for (let i = 0; i < count; i++) while (this.byte() >= 128);
  }

  take(count: number): Uint8Array {
    this.at += count;
    return this.bytes.subarray(this.at - count, this.at);
  }
}

function unsigned(value: number): number[] {
  return value < 128 ? [value] : [(value % 128) | 128, ...unsigned(Math.floor(value / 128))];
}

/** As a number with a sign, whose last byte must leave it positive. */
const positive = (value: number): number[] =>
  value < 64 ? [value] : [(value % 128) | 128, ...positive(Math.floor(value / 128))];

const named = (text: string): number[] => [...unsigned(text.length), ...Buffer.from(text)];

const op = {
  ...{
    block: 0x02,
    loop: 0x03,
    if: 0x04,
    else: 0x05,
    end: 0x0b,
    br: 0x0c,
    brIf: 0x0d,
    brTable: 0x0e,
    return: 0x0f,
  },
  ...{ call: 0x10, callIndirect: 0x11, selectTyped: 0x1c, bulk: 0xfc, vector: 0xfd },
} as const;

/** Behind these, code begins that may be reached without what stands before it, or is not reached although that is. */
const cuts: ReadonlySet<number> = new Set([op.loop, op.if, op.else, op.end, op.br, op.brIf, op.brTable]);
/** Structure, nop, drop, locals, constants. */
const free: ReadonlySet<number> = new Set([
  ...[op.block, op.loop, op.else, op.end, 0x01, 0x1a],
  ...[0x20, 0x21, 0x22, 0x41, 0x42, 0x43, 0x44],
]);
const constantOfVector = 12;

const isFree = (body: Uint8Array, at: number): boolean =>
  free.has(body[at]!) || (body[at] === op.vector && body[at + 1] === constantOfVector);

/** Skips what follows an opcode of vectors. */
function skipVector(code: Reader): void {
  const which = code.unsigned();
  if (which <= 11 || which === 92 || which === 93) code.skip(2);
  else if (which === 12 || which === 13) code.take(16);
  else if (which >= 21 && which <= 34) code.take(1);
  else if (which >= 84 && which <= 91) {
    code.skip(2);
    code.take(1);
  }
}

function skipBulk(code: Reader): void {
  const which = code.unsigned();
  if (which > 7) code.skip(which === 9 || which === 11 || which === 13 || which > 14 ? 1 : 2);
}

/** Skips what follows an opcode. */
function skipImmediates(opcode: number, code: Reader): void {
  if (opcode === op.vector) skipVector(code);
  else if (opcode === op.bulk) skipBulk(code);
  else if (opcode === op.brTable) code.skip(code.unsigned() + 1);
  else if (opcode === op.callIndirect) code.skip(2);
  else if (opcode === op.selectTyped) code.skip(code.unsigned());
  else if (opcode === 0x43) code.take(4);
  else if (opcode === 0x44) code.take(8);
  else if (opcode >= 0x28 && opcode <= 0x3e) code.skip(2);
  else if (opcode >= op.block && opcode <= op.if) code.skip();
  else if (opcode === op.br || opcode === op.brIf || opcode === op.call) code.skip();
  else if ((opcode >= 0x20 && opcode <= 0x26) || (opcode >= 0x3f && opcode <= 0x42)) code.skip();
  else if (opcode === 0xd0 || opcode === 0xd2) code.skip();
}

/** A function's body, with its counting. */
function meteredBody(body: Uint8Array, counter: readonly number[]): number[] {
  const code = new Reader(body);
  for (let groups = code.unsigned(); groups > 0; groups--) code.skip(2);
  const out = [...body.subarray(0, code.at)];
  let begin = code.at;
  let count = 0;
  while (code.at < body.length) {
    if (!isFree(body, code.at)) count++;
    const opcode = code.byte();
    skipImmediates(opcode, code);
    if (!cuts.has(opcode) && opcode !== op.return) continue;
    // global.get, i64.const, i64.add, global.set
    if (count > 0) out.push(0x23, ...counter, 0x42, ...positive(count), 0x7c, 0x24, ...counter);
    for (; begin < code.at; begin++) out.push(body[begin]!);
    count = 0;
  }
  return out;
}

function meteredCode(payload: Uint8Array, counter: readonly number[]): number[] {
  const reader = new Reader(payload);
  const count = reader.unsigned();
  const out = unsigned(count);
  for (let i = 0; i < count; i++) {
    const body = meteredBody(reader.take(reader.unsigned()), counter);
    out.push(...unsigned(body.length));
    for (const byte of body) out.push(byte);
  }
  return out;
}

/** A section that is a list, with one more item. */
function appended(payload: Uint8Array, item: readonly number[]): number[] {
  const reader = new Reader(payload);
  const count = reader.unsigned();
  return [...unsigned(count + 1), ...payload.subarray(reader.at), ...item];
}

/** The name of the counter among the exports. */
const counterName = 'executed';

/** The module with its counter. It imports no globals, and has some of its own. */
export function metered(bytes: Uint8Array): Uint8Array<ArrayBuffer> {
  const reader = new Reader(bytes, 8);
  const out = [...bytes.subarray(0, 8)];
  let counter: number[] = [];
  while (reader.at < bytes.length) {
    const id = reader.byte();
    let payload: Uint8Array | number[] = reader.take(reader.unsigned());
    if (id === section.global) {
      counter = unsigned(new Reader(payload).unsigned());
      // an i64 that changes and begins with 0
      payload = appended(payload, [0x7e, 1, 0x42, 0, 0x0b]);
    } else if (id === section.export) payload = appended(payload, [...named(counterName), 3, ...counter]);
    else if (id === section.code) payload = meteredCode(payload, counter);
    out.push(id, ...unsigned(payload.length));
    for (const byte of payload) out.push(byte);
  }
  return Uint8Array.from(out);
}

/** What an instance of a metered module has executed so far. */
export const executed = (exports: object): number =>
  Number((exports as Record<string, WebAssembly.Global<'i64'>>)[counterName]!.value);
