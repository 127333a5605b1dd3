import { stat } from 'node:fs/promises';
import { availableParallelism, totalmem } from 'node:os';
import { type Finding, finding, note, problem, sizeText, warning } from './finding.ts';

/** The oldest Node that package.json names. */
const oldestNode = [22, 12] as const;

/** What a worker takes, with the bars of other pairs that it keeps. */
const workerBytes = 512 * 2 ** 20;

const isOlder = (version: string): boolean => {
  const [major = 0, minor = 0] = version.split('.').map(Number);
  return major < oldestNode[0] || (major === oldestNode[0] && minor < oldestNode[1]);
};

/** This process and the machine under it. */
export function machineFindings(version: string, workers: number): Finding[] {
  const node = process.versions.node;
  const memory = Math.min(totalmem(), process.constrainedMemory() || totalmem());
  const cores = availableParallelism();
  return [
    finding('machine', 'windrow', version),
    finding(
      'machine',
      'node',
      node,
      isOlder(node) ? problem(`install Node ${oldestNode.join('.')} or later`) : undefined,
    ),
    finding(
      'machine',
      'processors',
      `${cores}, ${workers} workers`,
      workers > cores ? note('more workers than processors wait for each other: --workers') : undefined,
    ),
    finding(
      'machine',
      'memory',
      sizeText(memory),
      workers * workerBytes > memory
        ? warning(`${workers} workers may take ${sizeText(workers * workerBytes)}: use fewer (--workers)`)
        : undefined,
    ),
  ];
}

/** A file that holds a password and that others may read. */
export async function secretFinding(path: string, check: string): Promise<Finding[]> {
  const found = await stat(path).catch(() => undefined);
  if (found === undefined || process.platform === 'win32') return [];
  const mode = (found.mode & 0o777).toString(8);
  const open = (found.mode & 0o077) !== 0;
  return [
    finding(
      'files',
      check,
      `${path}, mode ${mode}`,
      open ? warning(`others can read the password in it: chmod 600 ${path}`) : undefined,
    ),
  ];
}

/** What the host's time zones are good for: local hours are looked up in them. */
export function zoneFinding(): Finding {
  const { timeZone } = new Intl.DateTimeFormat().resolvedOptions();
  const known = (() => {
    try {
      const summer = new Intl.DateTimeFormat('en', { timeZone: 'America/New_York', hour: 'numeric' });
      return summer.format(Date.UTC(2024, 6, 1, 12)) !== summer.format(Date.UTC(2024, 0, 1, 12));
    } catch {
      return false;
    }
  })();
  return finding(
    'time',
    'zones',
    known ? `known; here it is ${timeZone}, which nothing depends on` : 'unknown to this Node',
    known ? undefined : problem('local hours would be wrong: take a Node with full ICU data'),
  );
}
