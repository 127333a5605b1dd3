import { spawnSync } from 'node:child_process';
import { cpSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { type Fault, plantedFaults } from './plantedFaults.ts';

// npm run torture:faults -- [--only ledger]
//
// Shows that the torture can fail: plants one fault after the other into a copy of the product, and looks for it there.

const { values } = parseArgs({ options: { only: { type: 'string', default: '' } } });
const root = fileURLToPath(new URL('../../', import.meta.url));

function plant(folder: string, { file, from, to }: Fault): void {
  const path = join(folder, file);
  writeFileSync(
    path,
    readFileSync(path, 'utf8').replace(from, () => to),
  );
}

/** What the torture says is wrong in a product with a fault. */
function found(fault: Fault): string[] {
  const folder = mkdtempSync(join(tmpdir(), 'windrow-fault-'));
  try {
    for (const part of ['host', 'sql', 'test', 'package.json', 'build/windrow.wasm'])
      cpSync(join(root, part), join(folder, part), { recursive: true });
    symlinkSync(join(root, 'node_modules'), join(folder, 'node_modules'));
    plant(folder, fault);
    const args = ['--kills', String(fault.kills), '--seed', '1', '--only', fault.only];
    const { stdout } = spawnSync(process.execPath, ['test/torture/main.ts', ...args], {
      cwd: folder,
      encoding: 'utf8',
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    return [...stdout.matchAll(/WRONG: (.*)/g)].map(([, what]) => what!);
  } finally {
    rmSync(folder, { recursive: true });
  }
}

let caught = 0;
const faults = plantedFaults.filter(({ name }) => name.includes(values.only));
for (const fault of faults) {
  const wrong = found(fault);
  if (wrong.length > 0) caught++;
  console.log(`${fault.name}: ${wrong.length > 0 ? `caught: ${wrong[0]}` : 'NOT CAUGHT'}`);
}
console.log(`${caught} of ${faults.length} faults caught`);
process.exitCode = caught < faults.length ? 1 : 0;
