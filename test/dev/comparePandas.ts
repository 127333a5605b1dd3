import { execFileSync } from 'node:child_process';
import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { computeFeatures } from '../../host/index.ts';
import { barsOf, type Distance, distancesOf, readTable } from '../support/stockVectors.ts';

// Holds the set of hourly stocks against pandas on real bars:
//
//     PYTHON=python3 node test/dev/comparePandas.ts window|1 FILE-OR-FOLDER...
//
// Files of bars (ts_utc,open,high,low,close,volume); pandas as named in test/vectors/stocks_hourly.py. Prints a line per
// feature: rows compared, rows that only one of both has, the worst difference relative to the usual size of the feature
// and to the value itself, and the least correlation over the files.

const [policy, ...named] = process.argv.slice(2);
if ((policy !== 'window' && policy !== '1') || named.length === 0)
  throw new Error('usage: comparePandas.ts window|1 FILE-OR-FOLDER...');
const minPeriods = policy === '1' ? 1 : policy;
const files = named.flatMap(name =>
  /\.csv(\.gz)?$/.test(name) ? [name] : readdirSync(name).map(file => join(name, file)),
);

const script = fileURLToPath(new URL('../vectors/stocks_hourly.py', import.meta.url));
const folder = mkdtempSync(join(tmpdir(), 'windrow-pandas-'));
const found = new Map<string, Distance>();
try {
  execFileSync(process.env.PYTHON ?? 'python3', [script, ...files, folder], { stdio: 'inherit' });
  for (const file of files) {
    const ours = await computeFeatures(barsOf(readTable(file)), 'all', {
      set: 'stocks-hourly',
      setConfig: { options: { minPeriods } },
    });
    for (const distance of distancesOf(ours, readTable(join(folder, basename(file).replace(/\.gz$/, ''))))) {
      const before = found.get(distance.feature);
      found.set(distance.feature, before ? worse(before, distance) : distance);
    }
  }
} finally {
  rmSync(folder, { recursive: true });
}

function worse(a: Distance, b: Distance): Distance {
  const known = [a.correlation, b.correlation].filter(x => !Number.isNaN(x));
  return {
    feature: a.feature,
    rows: a.rows + b.rows,
    onlyOurs: a.onlyOurs + b.onlyOurs,
    onlyTheirs: a.onlyTheirs + b.onlyTheirs,
    worst: Math.max(a.worst, b.worst),
    worstOfValue: Math.max(a.worstOfValue, b.worstOfValue),
    correlation: known.length > 0 ? Math.min(...known) : Number.NaN,
  };
}

console.log(`${files.length} files, minPeriods ${policy}`);
console.log('feature rows only-ours only-theirs worst worst-of-value 1-correlation');
for (const { feature, rows, onlyOurs, onlyTheirs, worst, worstOfValue, correlation } of found.values())
  console.log(
    [
      feature,
      rows,
      onlyOurs,
      onlyTheirs,
      worst.toExponential(1),
      worstOfValue.toExponential(1),
      (1 - correlation).toExponential(1),
    ].join(' '),
  );
