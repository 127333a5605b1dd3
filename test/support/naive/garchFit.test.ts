import { expect, test } from 'vitest';
import { draws } from '../draws.ts';
import { garchFit } from './garchFit.ts';

/** Rows of a GARCH(1,1) with variance 1. */
function simulated(rows: number, alpha: number, beta: number): number[] {
  const { normal } = draws(7);
  let h = 1;
  return Array.from({ length: rows }, () => {
    const x = Math.sqrt(h) * normal();
    h = 1 - alpha - beta + alpha * x * x + beta * h;
    return x;
  });
}

const square = (x: number): number => x * x;

test('the fit has the parameters that the rows were made with, in any unit', () => {
  const rows = simulated(30_000, 0.1, 0.85);
  const fit = garchFit(rows.map(square));
  expect(fit.alpha).toBeCloseTo(0.1, 1);
  expect(fit.beta).toBeCloseTo(0.85, 1);
  expect([fit.flat, fit.open]).toEqual([false, false]);
  expect(fit.slack).toBeLessThan(1e-7);
  const scaled = garchFit(rows.map(x => square(x / 1024)));
  expect(scaled.alpha).toBeCloseTo(fit.alpha, 10);
  expect(scaled.beta).toBeCloseTo(fit.beta, 10);
});

test('rows whose size does not follow that of the row before have alpha 0', () => {
  const fit = garchFit(Array.from({ length: 2_000 }, (_, i) => (i % 2 === 0 ? 0.5 : 1.5)));
  expect([fit.alpha, fit.flat]).toEqual([0, true]);
});
