// Gaussian quasi-likelihood of GARCH(1,1) (Bollerslev 1986) and its first two derivatives, by the recursions of Fiorentini,
// Calzolari and Panattoni (1996), in one pass over rows that are scaled to variance 1. Up to a constant
//
//   l = -1/2 sum (ln h_t + e_t^2 / h_t),   h_(t+1) = w + a e_t^2 + b h_t,   h_1 = w + (a + b) u,   u the mean of e^2.
//
// Targeted: e^2 = x is given, u = 1 and w = 1 - a - b; the parameters are (a, b). Free: e = z - m of rows z with mean 0 and mean
// square 1, so that u = 1 + m^2; the parameters are (a, b, w, m). Derivatives are written one behind the other: the gradient, the
// Hessian with its sign turned, and the information, which is that without the terms whose expectation is 0 and never
// indefinite. Logarithms are taken of products of sixteen h: a division a row is what is left. Cost: 5 ns a row, with derivatives 10
// targeted and 25 free.

/** Rows whose h are multiplied: each lies between 1e-8 and 1e10, so that no product leaves the range of numbers. */
const together: i32 = 16;

// @ts-ignore: decorator
@inline
function at(base: usize, i: i32): usize {
  return base + ((<usize>i) << 3);
}

export function targetedLikelihood(x: usize, rows: i32, theta: usize): f64 {
  const a = load<f64>(theta);
  const b = load<f64>(theta, 8);
  const w = 1 - a - b;
  let h: f64 = 1;
  let sum: f64 = 0;
  for (let first = 0; first < rows; first += together) {
    const end = at(x, min(first + together, rows));
    let product: f64 = 1;
    for (let p = at(x, first); p < end; p += 8) {
      const square = load<f64>(p);
      product *= h;
      sum += square / h;
      h = w + a * square + b * h;
    }
    sum += NativeMath.log(product);
  }
  return -0.5 * sum;
}

export function freeLikelihood(z: usize, rows: i32, theta: usize): f64 {
  const a = load<f64>(theta);
  const b = load<f64>(theta, 8);
  const w = load<f64>(theta, 16);
  const m = load<f64>(theta, 24);
  let h = w + (a + b) * (1 + m * m);
  let sum: f64 = 0;
  for (let first = 0; first < rows; first += together) {
    const end = at(z, min(first + together, rows));
    let product: f64 = 1;
    for (let p = at(z, first); p < end; p += 8) {
      const e = load<f64>(p) - m;
      const square = e * e;
      product *= h;
      sum += square / h;
      h = w + a * square + b * h;
    }
    sum += NativeMath.log(product);
  }
  return -0.5 * sum;
}

/** Writes 2 + 4 + 4 numbers. */
export function targetedDerivatives(x: usize, rows: i32, theta: usize, out: usize): void {
  const a = load<f64>(theta);
  const b = load<f64>(theta, 8);
  const w = 1 - a - b;
  let h: f64 = 1;
  // derivatives of h
  let ha: f64 = 0;
  let hb: f64 = 0;
  let hab: f64 = 0;
  let hbb: f64 = 0;
  // sums: gradient, Hessian, information
  let ga: f64 = 0;
  let gb: f64 = 0;
  let naa: f64 = 0;
  let nab: f64 = 0;
  let nbb: f64 = 0;
  let iaa: f64 = 0;
  let iab: f64 = 0;
  let ibb: f64 = 0;
  for (const end = at(x, rows); x < end; x += 8) {
    const square = load<f64>(x);
    const unit = 1 / h;
    const q = square * unit;
    const excess = q - 1;
    const da = ha * unit;
    const db = hb * unit;
    const twice = q + excess;
    ga += excess * da;
    gb += excess * db;
    const aa = da * da;
    const ab = da * db;
    const bb = db * db;
    iaa += aa;
    iab += ab;
    ibb += bb;
    naa += twice * aa;
    nab += twice * ab - excess * (hab * unit);
    nbb += twice * bb - excess * (hbb * unit);
    hab = ha + b * hab;
    hbb = 2 * hb + b * hbb;
    ha = square - 1 + b * ha;
    hb = h - 1 + b * hb;
    h = w + a * square + b * h;
  }
  store<f64>(at(out, 0), 0.5 * ga);
  store<f64>(at(out, 1), 0.5 * gb);
  pair(at(out, 2), naa, nab, nbb);
  pair(at(out, 6), iaa, iab, ibb);
}

/** Half of a symmetric matrix of two rows. */
function pair(out: usize, aa: f64, ab: f64, bb: f64): void {
  store<f64>(at(out, 0), 0.5 * aa);
  store<f64>(at(out, 1), 0.5 * ab);
  store<f64>(at(out, 2), 0.5 * ab);
  store<f64>(at(out, 3), 0.5 * bb);
}

/** Numbers behind the 4 + 16 + 16 that are written: derivatives of h by each parameter, and by each two. */
export const FREE_WORK_BYTES: usize = 20 << 3;

/** Writes 4 + 16 + 16 numbers, and uses `work`. */
export function freeDerivatives(z: usize, rows: i32, theta: usize, out: usize, work: usize): void {
  const a = load<f64>(theta);
  const b = load<f64>(theta, 8);
  const w = load<f64>(theta, 16);
  const m = load<f64>(theta, 24);
  const negative = at(out, 4);
  const information = at(out, 20);
  memory.fill(out, 0, 36 << 3);
  const u = 1 + m * m;
  let h = w + (a + b) * u;
  const first = work;
  const second = at(work, 4);
  memory.fill(work, 0, FREE_WORK_BYTES);
  store<f64>(at(first, 0), u);
  store<f64>(at(first, 1), u);
  store<f64>(at(first, 2), 1);
  store<f64>(at(first, 3), 2 * (a + b) * m);
  // second derivatives by two of a, b, w, m in their order; those that stay 0 are left out
  store<f64>(at(second, 3), 2 * m);
  store<f64>(at(second, 7), 2 * m);
  store<f64>(at(second, 15), 2 * (a + b));
  for (const end = at(z, rows); z < end; z += 8) {
    const e = load<f64>(z) - m;
    const square = e * e;
    const unit = 1 / h;
    const q = square * unit;
    const excess = q - 1;
    const twice = q + excess;
    for (let i = 0; i < 4; i++) {
      const di = load<f64>(at(first, i)) * unit;
      const g = at(out, i);
      store<f64>(g, load<f64>(g) + 0.5 * excess * di);
      for (let j = 0; j <= i; j++) {
        const product = di * (load<f64>(at(first, j)) * unit);
        const place = 4 * i + j;
        const n = at(negative, place);
        const curve = load<f64>(at(second, 4 * j + i)) * unit;
        store<f64>(n, load<f64>(n) + 0.5 * (twice * product - excess * curve));
        const k = at(information, place);
        store<f64>(k, load<f64>(k) + 0.5 * product);
      }
      // e falls as m rises
      const n = at(negative, 12 + i);
      store<f64>(n, load<f64>(n) + e * unit * di * (i == 3 ? 2 : 1));
    }
    store<f64>(at(out, 3), load<f64>(at(out, 3)) + e * unit);
    store<f64>(at(negative, 15), load<f64>(at(negative, 15)) + unit);
    store<f64>(at(information, 15), load<f64>(at(information, 15)) + unit);

    forward(at(second, 1), b, load<f64>(at(first, 0))); // a, b
    forward(at(second, 3), b, -2 * e); // a, m
    forward(at(second, 5), b, 2 * load<f64>(at(first, 1))); // b, b
    forward(at(second, 6), b, load<f64>(at(first, 2))); // b, w
    forward(at(second, 7), b, load<f64>(at(first, 3))); // b, m
    forward(at(second, 15), b, 2 * a); // m, m
    forward(at(first, 0), b, square);
    forward(at(first, 1), b, h);
    forward(at(first, 2), b, 1);
    forward(at(first, 3), b, -2 * a * e);
    h = w + a * square + b * h;
  }
  for (let i = 0; i < 4; i++) {
    for (let j = 0; j < i; j++) {
      store<f64>(at(negative, 4 * j + i), load<f64>(at(negative, 4 * i + j)));
      store<f64>(at(information, 4 * j + i), load<f64>(at(information, 4 * i + j)));
    }
  }
}

/** One step of a recursion of derivatives. */
// @ts-ignore: decorator
@inline
function forward(place: usize, b: f64, added: f64): void {
  store<f64>(place, added + b * load<f64>(place));
}
