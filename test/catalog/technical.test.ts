import { expect, test } from 'vitest';
import { barsWith } from '../support/contract.ts';
import { barsOfShape, shapes } from '../support/shapes.ts';
import { familySubjects } from '../support/subjects.ts';

const parameters = { baseline: 1.0843, pip: 0.0001 };
const flat = shapes.find(({ name }) => name === 'flat')!;
const families = (await familySubjects(parameters)).filter(({ name }) =>
  /^(technical|fibonacci)_/.test(name),
);

test.each(families)('$name knows no neutral value while a bar is missing', async subject => {
  // a market in which nothing moves, so that neutral values stand wherever there are any
  const missing = 40;
  const bars = barsOfShape(flat, 1, missing + subject.lookback + 1);
  const { columns } = await subject.compute(barsWith(bars, missing, missing + 1, () => Number.NaN));
  const known = subject.features.flatMap(({ name, lookback }) =>
    [missing, missing + lookback - 1]
      .filter(row => !Number.isNaN(columns[name]![row]!))
      .map(row => `${name}, row ${row}: ${columns[name]![row]}`),
  );
  expect(known).toEqual([]);
});
