import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { builtFile } from './built.ts';

/** Peak resident memory of the process; `maxRSS` would also count that of the parent before it started the program. */
const peak = `
  import { readFileSync, writeSync } from 'node:fs';
  process.on('exit', () => {
    let kilobytes = process.resourceUsage().maxRSS;
    try {
      kilobytes = Number(/VmHWM:\\s*(\\d+)/.exec(readFileSync('/proc/self/status', 'utf8'))[1]);
    } catch {}
    writeSync(3, String(kilobytes));
  });`;

export type CommandRun = {
  readonly tookMs: number;
  readonly peakMb: number;
  readonly lines: readonly string[];
};

/** Runs `windrow ARGS` as users do, in a process of its own. Throws when it fails. */
export async function windrow(args: readonly string[]): Promise<CommandRun> {
  const start = performance.now();
  const preload = `data:text/javascript,${encodeURIComponent(peak)}`;
  const all = ['--import', preload, fileURLToPath(builtFile('cli/main.js')), ...args];
  const child = spawn(process.execPath, all, { stdio: ['ignore', 'pipe', 'pipe', 'pipe'] });
  const said = ['', '', '', ''];
  for (const fd of [1, 2, 3])
    child.stdio[fd]!.on('data', chunk => {
      said[fd] += chunk;
    });
  const [code] = await once(child, 'close');
  const tookMs = performance.now() - start;
  if (code !== 0) throw new Error(`windrow ${args[0]} ended with ${code}: ${said[2]}`);
  return { tookMs, peakMb: Number(said[3]) / 1024, lines: said[1]!.trim().split('\n') };
}
