// Builds the package: assembly/ to build/windrow.wasm, host/ to build/host, and the plans of all sets to build/plans.txt.
// Plain JavaScript, so that it runs on every supported Node before anything is built.
import { execFileSync } from 'node:child_process';
import { chmodSync, mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { bundle, runWith } from './bundle.mjs';

const root = fileURLToPath(new URL('../..', import.meta.url));
const bin = name => `${root}node_modules/.bin/${name}`;
const run = (name, args) => execFileSync(bin(name), args, { cwd: root, stdio: 'inherit' });

mkdirSync(`${root}build`, { recursive: true });
run('asc', ['--config', 'asconfig.json', '--target', 'release']);
for (const made of ['host', 'plans.txt']) rmSync(`${root}build/${made}`, { recursive: true, force: true });
// the types, and with them the mistakes
run('tsc', ['-p', 'host/tsconfig.json']);
await bundle(`${root}host/`, `${root}build/host`);
chmodSync(`${root}build/host/cli/main.js`, 0o755);
const { plansFile } = await runWith(`${root}host/`, `${root}build/host`, `${root}test/dev/plans.ts`);
writeFileSync(`${root}build/plans.txt`, plansFile());
