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
  /** Takes a list of the planes. */
  readonly list?: true;
  /** Planes written; one when left out. */
  readonly outs?: number;
  /** Takes a list of the planes written, because its table says how many they are. */
  readonly results?: true;
  /** Rows behind the current one that may be read. */
  readonly span: number;
  /** The same by plane, of the rows that a value may depend on; `span` of each when left out. */
  readonly spans?: readonly number[];
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
  const path = file.includes('/') ? file : `kernels/${file}`;
  const config = JSON.parse(await readFile(new URL('asconfig.json', root), 'utf8'));
  config.entries = [];
  const sources = [
    `export * from "./assembly/${path}"; export function heapBase(): usize { return __heap_base; }`,
    JSON.stringify(config),
    asc.version,
    await readFile(new URL(`assembly/${path}.ts`, root), 'utf8'),
  ];
  for (const name of (await readdir(new URL('assembly/core/', root))).sort()) {
    sources.push(name, await readFile(new URL(`assembly/core/${name}`, root), 'utf8'));
  }
  const hash = createHash('sha256').update(sources.join('\0')).digest('hex').slice(0, 16);
  const folder = new URL('build/kernels/', root);
  const kept = new URL(`${file.replace('/', '.')}.${target}.${hash}.wasm`, folder);
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
const scratchCanary = 0xa5;

/** Planes in the instance's memory and the call over them; row 0 of the arrays is row `below` of the memory. */
type Placed = {
  readonly below: number;
  readonly inputs: readonly Float64Array[];
  readonly histories: readonly Float64Array[];
  readonly outputs: readonly Float64Array[];
  /** The first plane written: the only one of most kernels. */
  readonly output: Float64Array;
  readonly behindScratch: Uint8Array;
  /** Computes the rows [first, first + rows). */
  readonly call: (first: number, rows: number) => void;
};

/** The kernels of one file, callable on plain arrays. */
export class Kernels {
  readonly module: WebAssembly.Module;
  readonly #arena: Arena;

  private constructor(module: WebAssembly.Module, arena: Arena) {
    this.module = module;
    this.#arena = arena;
  }

  /** Of a file in assembly/kernels, or of another folder of assembly when it is named. */
  static async open(file: string, target: Target = 'release'): Promise<Kernels> {
    const module = await WebAssembly.compile((await compile(file, target)) as BufferSource);
    return new Kernels(module, await Arena.create(module));
  }

  /** Memory and exports of the instance, for what takes no planes. */
  get arena(): Arena {
    return this.#arena;
  }

  /** Copies planes, whose row 0 is the first bar, into memory above rows of NaN. Views last until the next call of it. */
  place(use: KernelUse, planes: readonly Float64Array[], shift: 0 | 1 = 0): Placed {
    const arena = this.#arena;
    const mark = arena.top;
    const below = use.span + guardRows;
    const rows = below + planes[0]!.length + guardRows;
    const allocate = () => arena.allocate((rows + 1) * 8) + shift * 8;
    const outs = Array.from({ length: use.outs ?? 1 }, allocate);
    const ins = planes.map(allocate);
    const table = use.table ? [arena.allocate(use.table.length * 8), use.table.length] : [];
    const scratchBytes = use.scratchBytes ?? 0;
    const scratch = arena.allocate(scratchBytes + 8);
    const outList = arena.allocate(outs.length * 4);
    const inList = arena.allocate(ins.length * 4);
    arena.release(mark);

    const views = ins.map(address => arena.f64(address, rows).fill(NaN));
    const outputs = outs.map(address => arena.f64(address, rows).fill(canary));
    planes.forEach((values, i) => {
      views[i]!.set(values, below);
    });
    if (use.table) arena.f64(table[0]!, use.table.length).set(use.table);
    arena
      .bytes(scratch, scratchBytes + 8)
      .fill(scratchCanary)
      .fill(0, 0, scratchBytes && 8);

    const kernel = (arena.exports as unknown as Record<string, Call>)[use.name]!;
    const constants = [...table, ...(scratchBytes > 0 ? [scratch] : []), ...use.params];
    const call = (first: number, count: number) => {
      const at = (addresses: readonly number[]): number[] =>
        addresses.map(address => address + (below + first) * 8);
      if (use.results) arena.i32(outList, outs.length).set(at(outs));
      if (use.list) arena.i32(inList, ins.length).set(at(ins));
      const written = use.results ? [outList] : at(outs);
      const read = use.list ? [inList, ins.length] : at(ins);
      kernel(...written, ...read, count, ...constants);
    };
    return {
      below,
      inputs: views,
      histories: views.map(view => view.slice()),
      outputs,
      output: outputs[0]!,
      behindScratch: arena.bytes(scratch + scratchBytes, 8),
      call,
    };
  }

  /**
   * Computes every row of `planes` and returns the planes written. Throws when a call changes an input or writes outside
   * its rows, the one row of padding above them and its scratch memory.
   */
  runAll(
    use: KernelUse,
    planes: readonly Float64Array[],
    { block, shift, poison }: Cut = {},
  ): Float64Array[] {
    const spanOf = (plane: number) => use.spans?.[plane] ?? use.span;
    const { below, inputs, histories, outputs, behindScratch, call } = this.place(use, planes, shift);
    const rows = planes[0]!.length;
    const step = block ?? rows;
    for (let first = 0; first < rows; first += step) {
      const count = Math.min(step, rows - first);
      if (poison !== undefined) {
        inputs.forEach((view, i) => {
          view.set(histories[i]!);
          view.fill(poison, 0, below + first - spanOf(i));
          view.fill(poison, below + first + count);
        });
      }
      // a stray write lands near the call's rows: comparing everything at every call would take most of the time
      const low = below + first - guardRows;
      const near = (output: Float64Array) => output.slice(low, low + count + 1 + 2 * guardRows);
      const before = outputs.map(near);
      call(first, count);
      outputs.forEach((output, i) => {
        const after = near(output);
        const outside = Math.max(
          firstDifference(after, before[i]!, 0, guardRows),
          firstDifference(after, before[i]!, guardRows + count + 1),
        );
        if (outside < 0) return;
        const row = low + outside - below;
        throw new Error(`${use.name} writes row ${row} of output ${i}, asked for ${first} + ${count}`);
      });
      if (poison !== undefined || first + count === rows) {
        inputs.forEach((view, i) => {
          const from = poison === undefined ? 0 : below + first - spanOf(i);
          const changed = firstDifference(view, histories[i]!, from, below + first + count);
          if (changed >= 0) throw new Error(`${use.name} changes row ${changed - below} of input ${i}`);
        });
      }
      if (behindScratch.some(byte => byte !== scratchCanary))
        throw new Error(`${use.name} writes behind its scratch memory`);
    }
    return outputs.map(output => output.slice(below, below + rows));
  }

  /** `runAll` of a kernel that writes one plane. */
  run(use: KernelUse, planes: readonly Float64Array[], cut: Cut = {}): Float64Array {
    return this.runAll(use, planes, cut)[0]!;
  }
}

/** First index in [from, end) at which the bits differ, NaNs being equal; -1 without one. */
export function firstDifference(a: Float64Array, b: Float64Array, from = 0, end = a.length): number {
  for (let i = from; i < end; i++) if (!Object.is(a[i], b[i])) return i;
  return -1;
}
