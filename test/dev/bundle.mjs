// Puts the modules of host/ into the few files that ship. Node takes a third of a millisecond to find and load a module,
// and a command or a worker thread needs some 150 of them.
import { rmSync } from 'node:fs';
import { posix } from 'node:path';
import { pathToFileURL } from 'node:url';
import { rolldown } from 'rolldown';

/** What is run or imported by its place. */
const entries = ['index', 'cli/main', 'backfill/worker', 'update/worker', 'bench/floorWorker'];

/**
 * Folders whose modules are needed together, but for those that help or a command without a database needs alone. What is
 * in none of them is put together by who imports it.
 */
const groups = [
  { name: 'engine', test: /\/host\/(catalog|engine)\// },
  { name: 'store', test: /\/host\/store\/(?!embedded\/|allSymbols|barSteps)/ },
  { name: 'update', test: /\/host\/update\/(?!worker)/ },
  { name: 'backfill', test: /\/host\/backfill\/(?!work)/ },
];

/**
 * A module finds files by its own place (`import.meta.url`): it gets that which it would have as a file of its own,
 * whatever file it is put into.
 */
function placesOf(host) {
  const place = /\bimport\.meta\.url\b/g;
  const mark = /__place\("([^"]+)"\)/g;
  return {
    name: 'places',
    transform(code, id) {
      if (!id.startsWith(host) || !place.test(code)) return undefined;
      return code.replaceAll(place, `__place("${id.slice(host.length).replace(/\.ts$/, '.js')}")`);
    },
    renderChunk(code, { fileName }) {
      const from = posix.dirname(fileName);
      return code.replaceAll(
        mark,
        (_, own) => `new URL(${JSON.stringify(`./${posix.relative(from, own)}`)}, import.meta.url).href`,
      );
    },
  };
}

const external = id => /^[^./]/.test(id);

/** Runs a module that uses those of the folder `host` as they ship in the folder `out`. */
export async function runWith(host, out, module) {
  const file = `${out}/once.js`;
  const build = await rolldown({ input: module, platform: 'node', external, plugins: [placesOf(host)] });
  await build.write({ file, format: 'esm', codeSplitting: false });
  await build.close();
  try {
    return await import(pathToFileURL(file).href);
  } finally {
    rmSync(file);
  }
}

/** Bundles the modules of the folder `host` into the folder `out`; packages stay outside. */
export async function bundle(host, out) {
  const build = await rolldown({
    input: Object.fromEntries(entries.map(name => [name, `${host}${name}.ts`])),
    platform: 'node',
    external,
    plugins: [placesOf(host)],
    preserveEntrySignatures: 'allow-extension',
    // a module that one command imports at once and another later is no mistake
    checks: { ineffectiveDynamicImport: false },
  });
  await build.write({
    dir: out,
    format: 'esm',
    entryFileNames: '[name].js',
    chunkFileNames: 'parts/[name].js',
    codeSplitting: { groups, includeDependenciesRecursively: false },
    comments: { annotation: true, jsdoc: false, legal: true },
  });
  await build.close();
}
