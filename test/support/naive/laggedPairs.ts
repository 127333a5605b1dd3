import { absolute, type Bounded, divide, exact, multiply, scale, subtract, unit } from './bounded.ts';
import { divideOr, mean, ofPair, sd, strict, through, total } from './derived.ts';
import { ending, partialCorrelation, pearson, slopeOn } from './pairs.ts';
import { at, type Series } from './series.ts';
import { deviations, roundings } from './window.ts';

const rows = 240;

/** D in 1..60 with the largest |Pearson(a[t-D], b[t])|; the smallest among equals. */
export const bestLag = (a: Series, b: Series, row: number): Bounded => {
  const sizes = Array.from({ length: 60 }, (_, k) => absolute(pearson(a, row - 1 - k, b, row, rows)));
  return strict(sizes, () => {
    let best = 0;
    sizes.forEach((size, k) => {
      if (size.value > sizes[best]!.value) best = k;
    });
    const top = sizes[best]!;
    // The furthest of those that rounding could put first.
    const rivals = sizes.flatMap(({ value, slack }, k) =>
      top.value - value <= top.slack + slack && top.slack + slack > 0 ? [Math.abs(k - best)] : [],
    );
    return { value: best + 1, slack: Math.max(0, ...rivals) };
  });
};

/**
 * AR(1) coefficient of the residuals of y on x (and a constant) over the rows, by their 239 neighbours. Where x explains
 * y to rounding nothing but noise is left, and NULL is as right.
 */
export const cointegration = (y: Series, x: Series, row: number): Bounded =>
  ofPair(y, row, x, row, rows, () => {
    const beta = slopeOn(y, row, x, row, rows);
    return strict([beta], () => {
      const first = row - rows + 1;
      const [dy, dx] = [deviations(y, first, row), deviations(x, first, row)];
      const e: Series = {
        value: new Float64Array(rows),
        slack: new Float64Array(rows),
        still: new Uint8Array(rows),
      };
      for (let k = 0; k < rows; k++) {
        const [up, along] = [dy.of(first + k), dx.of(first + k)];
        const moved = dy.noise + Math.abs(along) * beta.slack + Math.abs(beta.value) * dx.noise;
        e.value[k] = up - beta.value * along;
        e.slack[k] = moved + 4 * unit * (Math.abs(up) + Math.abs(beta.value * along));
      }
      const own = slopeOn(e, rows - 1, e, rows - 2, rows - 1);
      const fit = pearson(y, row, x, row, rows);
      const left = 1 - Math.abs(fit.value);
      if (left <= fit.slack) return { ...own, maybeNull: true };
      // From sums of squares of y and x the residuals' have the rounding of those.
      return { ...own, slack: own.slack + (4 * roundings(rows) * unit) / left };
    });
  });

/** Partial correlation of y and x of 15 rows ago, given y of 15 rows ago. */
const led = (y: Series, x: Series, row: number): Bounded =>
  partialCorrelation(ending(y, row), ending(x, row - 15), ending(y, row - 15), rows);

/** 237 p^2 / (1 - p^2), the F of adding x to y on its own past. */
export const granger = (y: Series, x: Series, row: number): Bounded => {
  const p = led(y, x, row);
  const square = multiply(p, p);
  return scale(divide(square, subtract(exact(1), square)), rows - 3);
};

/** -0.5 ln(1 - p^2). */
export const information = (y: Series, x: Series, row: number): Bounded => {
  const p = led(y, x, row);
  const square = multiply(p, p);
  const nats = through(square, share => -0.5 * Math.log1p(-share));
  // ln of a number near 1 has the rounding of that number.
  return strict([nats], () => ({ ...nats, slack: nats.slack + 2 * unit }));
};

/**
 * Mean of b over the rows that lie 1..15 rows after an event, less the mean of all, in sd of b; an event is a row of the
 * window with |a| above two sd of a. 0 without any.
 */
export const shock = (a: Series, b: Series, row: number): Bounded => {
  const first = row - rows + 1;
  return ofPair(a, row, b, row, rows, () => {
    const limit = scale(sd(a, row, rows), 2);
    let isOpen = false;
    const isAfter = new Uint8Array(rows);
    for (let k = 0; k < rows; k++) {
      const over = Math.abs(a.value[first + k]!) - limit.value;
      const noise = a.slack[first + k]! + limit.slack;
      isOpen ||= noise > 0 && Math.abs(over) <= noise;
      if (over > 0) isAfter.fill(1, Math.min(rows, k + 1), Math.min(rows, k + 16));
    }
    const after = Array.from({ length: rows }, (_, k) => k).filter(k => isAfter[k] === 1);
    const spread = sd(b, row, rows);
    const reach = 2 * Math.sqrt(rows);
    if (after.length === 0) return { value: 0, slack: isOpen ? reach : 0 };
    const hit = divide(total(after.map(k => at(b, first + k))), exact(after.length));
    const shifted = divideOr(subtract(hit, mean(b, row, rows)), spread, 0, Math.sqrt(rows));
    return isOpen ? { ...shifted, slack: reach } : shifted;
  });
};
