// Builds the package: assembly/ to build/windrow.wasm, host/ to build/host, and the plans of all sets to build/plans.txt.
// Plain JavaScript, so that it runs on every supported Node before anything is built. With --if-changed it does nothing
// where all of it is newer than what it is made of: npm prepares a clone again before the first `npx windrow` in it.
import { execFileSync } from 'node:child_process';
import { chmodSync, existsSync, globSync, mkdirSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { bundle, runWith } from './bundle.mjs';

const root = fileURLToPath(new URL('../..', import.meta.url));
const bin = name => `${root}node_modules/.bin/${name}`;
const run = (name, args) => execFileSync(bin(name), args, { cwd: root, stdio: 'inherit' });

/** Written last. */
const plans = `${root}build/plans.txt`;
const sources = ['host/**', 'assembly/**', 'test/dev/**', 'sql/**', '*.json'];

function isBuilt() {
  if (!existsSync(plans)) return false;
  const made = statSync(plans).mtimeMs;
  return globSync(sources, { cwd: root }).every(path => statSync(`${root}${path}`).mtimeMs < made);
}

if (process.argv.includes('--if-changed') && isBuilt()) process.exit();
mkdirSync(`${root}build`, { recursive: true });
run('asc', ['--config', 'asconfig.json', '--target', 'release']);
for (const made of ['host', 'plans.txt']) rmSync(`${root}build/${made}`, { recursive: true, force: true });
// the types, and with them the mistakes
run('tsc', ['-p', 'host/tsconfig.json']);
await bundle(`${root}host/`, `${root}build/host`);
chmodSync(`${root}build/host/cli/main.js`, 0o755);
const { plansFile } = await runWith(`${root}host/`, `${root}build/host`, `${root}test/dev/plans.ts`);
writeFileSync(plans, plansFile());
