import { execFileSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';

/**
 * Fills Node's compile cache with the sources that worker threads load, so that no thread strips types itself. Doing so
 * runs a WebAssembly module that calls back into JavaScript, and with several threads of one process at it V8 13.6 can
 * abort: "Check failed: jit_page.has_value()", in WasmImportWrapperCache::Free (compare nodejs/node#64500). The package
 * ships JavaScript and imports nothing but memory into its own module, so this is of tests alone. It also halves the
 * start of a thread.
 */
export default function fillCompileCache(): void {
  // it loads the real one
  const worker = fileURLToPath(new URL('./workers/faulty.ts', import.meta.url));
  execFileSync(
    process.execPath,
    ['--input-type=module', '--eval', `await import(${JSON.stringify(worker)})`],
    {
      stdio: ['ignore', 'ignore', 'inherit'],
    },
  );
}
