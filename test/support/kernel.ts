import { createHash } from 'node:crypto';
import { mkdir, readdir, readFile, rename, writeFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import asc from 'assemblyscript/asc';
import { Arena } from '../../host/engine/module.ts';

// Kernels are not exports of the shipped module. A test compiles the kernel file it is about, with the options of
// asconfig.json, and calls what the file exports. Compiled modules are kept in build/kernels under a hash of their sources.

export type Target = 'release' | 'debug';

/** One kernel with its immediates: all that a call needs beside planes and rows. */
export type KernelUse = {
  readonly name: string;
  readonly params: readonly number[];
  /** Constant table, passed as an address and a length. */
  readonly table?: Float64Array;
  readonly scratchBytes?: number;
  /** Rows behind the current one that may be read. */
  readonly span: number;
};

export type Cut = {
  /** Rows per call; all of them when left out. */
  readonly block?: number;
  /** Moves every plane by this many rows, so that pairs of rows are not aligned to 16 bytes. */
  readonly shift?: 0 | 1;
  /** Put in every input row that a call may not depend on. */
  readonly poison?: number;
};

const root = new URL('../../', import.meta.url);
const entry = 'kernelEntry';

async function compile(file: string, target: Target): Promise<Uint8Array> {
  const config = JSON.parse(await readFile(new URL('asconfig.json', root), 'utf8'));
  config.entries = [];
  const sources = [
    `export * from "./assembly/kernels/${file}"; export function heapBase(): usize { return __heap_base; }`,
    JSON.stringify(config),
    asc.version,
    await readFile(new URL(`assembly/kernels/${file}.ts`, root), 'utf8'),
  ];
  for (const name of (await readdir(new URL('assembly/core/', root))).sort()) {
    sources.push(name, await readFile(new URL(`assembly/core/${name}`, root), 'utf8'));
  }
  const hash = createHash('sha256').update(sources.join('\0')).digest('hex').slice(0, 16);
  const folder = new URL('build/kernels/', root);
  const kept = new URL(`${file}.${target}.${hash}.wasm`, folder);
  const known = await readFile(kept).catch(() => undefined);
  if (known) return known;

  let wasm: Uint8Array | undefined;
  const virtual: Record<string, string> = { 'asconfig.json': sources[1]!, [`${entry}.ts`]: sources[0]! };
  const { error, stderr } = await asc.main(
    [`${entry}.ts`, '--target', target, '--outFile', 'kernel.wasm', '--baseDir', fileURLToPath(root)],
    {
      readFile: (name: string, base: string) =>
        virtual[name] ?? readFile(`${base}/${name}`, 'utf8').catch(() => null),
      writeFile: (name: string, contents: Uint8Array | string) => {
        if (name.endsWith('.wasm')) wasm = contents as Uint8Array;
      },
      listFiles: () => [],
    },
  );
  if (error || !wasm) throw new Error(`kernel "${file}" does not compile:\n${stderr}`, { cause: error });
  await mkdir(folder, { recursive: true });
  const written = new URL(`${kept.href}.${process.pid}`);
  await writeFile(written, wasm);
  await rename(written, kept);
  return wasm;
}

type Call = (...args: number[]) => void;
const guardRows = 8;
const canary = -7.25e-77;

/** The kernels of one file, callable on plain arrays. */
export class Kernels {
  readonly module: WebAssembly.Module;
  readonly #arena: Arena;

  private constructor(module: WebAssembly.Module, arena: Arena) {
    this.module = module;
    this.#arena = arena;
  }

  static async open(file: string, target: Target = 'release'): Promise<Kernels> {
    const module = await WebAssembly.compile((await compile(file, target)) as BufferSource);
    return new Kernels(module, await Arena.create(module));
  }

  /**
   * Computes every row of `planes`, whose row 0 is the first bar: below it lie rows of NaN. Throws when a call
   * changes an input or writes outside its rows and the one row of padding above them.
   */
  run(use: KernelUse, planes: readonly Float64Array[], { block, shift = 0, poison }: Cut = {}): Float64Array {
    const arena = this.#arena;
    const mark = arena.top;
    const rows = planes[0]!.length;
    const below = use.span + guardRows;
    const plane = () => arena.allocate((below + rows + guardRows + 1) * 8) + shift * 8;
    const inputs = planes.map(plane);
    const output = plane();
    const table = use.table ? [arena.allocate(use.table.length * 8), use.table.length] : [];
    const scratch = use.scratchBytes ? [arena.allocate(use.scratchBytes + 8)] : [];
    const call = (arena.exports as unknown as Record<string, Call>)[use.name]!;

    const all = below + rows + guardRows;
    const histories = planes.map(values => {
      const history = new Float64Array(all).fill(NaN);
      history.set(values, below);
      return history;
    });
    if (use.table) arena.f64(table[0]!, use.table.length).set(use.table);
    for (const address of scratch) arena.bytes(address, use.scratchBytes! + 8).fill(0xa5);
    const out = arena.f64(output, all).fill(canary);

    const step = block ?? rows;
    for (let first = 0; first < rows; first += step) {
      const count = Math.min(step, rows - first);
      if (first === 0 || poison !== undefined) {
        inputs.forEach((address, i) => {
          const view = arena.f64(address, all);
          view.set(histories[i]!);
          if (poison === undefined) return;
          view.fill(poison, 0, below + first - use.span);
          view.fill(poison, below + first + count);
        });
      }
      // a stray write lands near the call's rows: comparing everything at every call would take most of the time
      const low = below + first - guardRows;
      const high = Math.min(all, below + first + count + 1 + guardRows);
      const before = out.slice(low, high);
      const at = (address: number) => address + (below + first) * 8;
      call(at(output), ...inputs.map(at), count, ...table, ...scratch, ...use.params);

      const after = out.slice(low, high);
      const outside = Math.max(
        firstDifference(after, before, 0, guardRows),
        firstDifference(after, before, guardRows + count + 1),
      );
      if (outside >= 0)
        throw new Error(`${use.name} writes row ${low + outside - below}, asked for ${first} + ${count}`);
      if (poison === undefined && first + count < rows) continue;
      inputs.forEach((address, i) => {
        const found = arena.f64(address, all);
        const from = poison === undefined ? 0 : below + first - use.span;
        const end = poison === undefined ? all : below + first + count;
        const changed = firstDifference(found, histories[i]!, from, end);
        if (changed >= 0) throw new Error(`${use.name} changes row ${changed - below} of input ${i}`);
      });
      for (const address of scratch) {
        const behind = arena.bytes(address + use.scratchBytes!, 8);
        if (behind.some(byte => byte !== 0xa5))
          throw new Error(`${use.name} writes behind its scratch memory`);
      }
    }
    const result = out.slice(below, below + rows);
    arena.release(mark);
    return result;
  }
}

/** First index in [from, end) at which the bits differ, NaNs being equal; -1 without one. */
export function firstDifference(a: Float64Array, b: Float64Array, from = 0, end = a.length): number {
  for (let i = from; i < end; i++) if (!Object.is(a[i], b[i])) return i;
  return -1;
}
