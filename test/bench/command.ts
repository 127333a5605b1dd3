import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { builtFile } from './built.ts';

/** Peak resident memory and CPU time of the process; `maxRSS` would also count that of the parent before it started the program. */
const peak = `
  import { readFileSync, writeSync } from 'node:fs';
  process.on('exit', () => {
    const { maxRSS, userCPUTime, systemCPUTime } = process.resourceUsage();
    let kilobytes = maxRSS;
    try {
      kilobytes = Number(/VmHWM:\\s*(\\d+)/.exec(readFileSync('/proc/self/status', 'utf8'))[1]);
    } catch {}
    writeSync(3, kilobytes + ' ' + (userCPUTime + systemCPUTime) / 1000);
  });`;

export type CommandRun = {
  readonly tookMs: number;
  readonly cpuMs: number;
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
  const [kilobytes, cpuMs] = said[3]!.split(' ').map(Number) as [number, number];
  return { tookMs, cpuMs, peakMb: kilobytes / 1024, lines: said[1]!.trim().split('\n') };
}
