// The step d of a few dimensions from a point x that raises the model g d - d M d / 2 most, M positive definite, where x + d
// keeps linear limits c (x + d) >= b that x keeps: the heart of Newton's method in a polytope. With at most four limits every set
// of them that may bind is tried: the step under it is one small linear system (Lagrange), and of those that keep the other
// limits too the best is the answer, since the model is concave. A matrix has `size` rows of `size` numbers, a limit is `size`
// numbers c and then b.

/** Most dimensions and limits, together with those the systems' size. */
const MOST: i32 = 4;
/** Numbers of a row of a system: its coefficients and its right-hand side. */
const ROW: i32 = 2 * MOST + 1;
export const STEP_WORK_BYTES: usize = <usize>(2 * MOST * ROW + 2 * MOST) << 3;

/** By how much a step may miss a limit that does not bind: rounding. */
const slack: f64 = 1e-12;
/** A pivot below that is nothing but rounding: the limits of the set say the same, or contradict each other. */
const singular: f64 = 1e-14;

// @ts-ignore: decorator
@inline
function at(base: usize, i: i32): usize {
  return base + ((<usize>i) << 3);
}

/** Writes the step and returns how steep the way is, g d: 0 where no step raises the model. */
export function boundedStep(
  step: usize, size: i32, gradient: usize, matrix: usize, point: usize, limits: usize, count: i32, work: usize,
): f64 {
  const found = at(work, 2 * MOST * ROW);
  let best: f64 = 0;
  let slope: f64 = 0;
  memory.fill(step, 0, (<usize>size) << 3);
  for (let binding = 0; binding < 1 << count; binding++) {
    if (popcnt<i32>(binding) > size) continue;
    if (!underLimits(found, size, gradient, matrix, point, limits, count, binding, work)) continue;
    if (!keepsLimits(found, size, point, limits, count, binding)) continue;
    let steep: f64 = 0;
    let bend: f64 = 0;
    for (let i = 0; i < size; i++) {
      const d = load<f64>(at(found, i));
      steep += load<f64>(at(gradient, i)) * d;
      for (let j = 0; j < size; j++) bend += d * load<f64>(at(matrix, i * size + j)) * load<f64>(at(found, j));
    }
    const value = steep - 0.5 * bend;
    if (value > best) {
      best = value;
      slope = steep;
      memory.copy(step, found, (<usize>size) << 3);
    }
  }
  return slope;
}

/** The best step with these limits as equations; false where they do not go together. */
function underLimits(
  step: usize, size: i32, gradient: usize, matrix: usize, point: usize, limits: usize, count: i32, binding: i32,
  system: usize,
): bool {
  const all = size + popcnt<i32>(binding);
  memory.fill(system, 0, (<usize>(2 * MOST * ROW)) << 3);
  let scale: f64 = 0;
  for (let i = 0; i < size; i++) scale = max<f64>(scale, load<f64>(at(matrix, i * size + i)));
  if (!(scale > 0)) return false;
  const unit = 1 / scale;
  for (let i = 0; i < size; i++) {
    for (let j = 0; j < size; j++) store<f64>(at(system, i * ROW + j), load<f64>(at(matrix, i * size + j)) * unit);
    store<f64>(at(system, i * ROW + all), load<f64>(at(gradient, i)) * unit);
  }
  let row = size;
  for (let limit = 0; limit < count; limit++) {
    if (!(binding & (1 << limit))) continue;
    const from = at(limits, limit * (size + 1));
    for (let j = 0; j < size; j++) {
      const c = load<f64>(at(from, j));
      store<f64>(at(system, row * ROW + j), c);
      store<f64>(at(system, j * ROW + row), -c);
    }
    store<f64>(at(system, row * ROW + all), -room(from, size, point));
    row++;
  }
  if (!solve(system, all)) return false;
  for (let i = 0; i < size; i++) store<f64>(at(step, i), load<f64>(at(system, i * ROW + all)));
  return true;
}

/** How far a point is from a limit: c x - b. */
function room(limit: usize, size: i32, point: usize): f64 {
  let sum = -load<f64>(at(limit, size));
  for (let i = 0; i < size; i++) sum += load<f64>(at(limit, i)) * load<f64>(at(point, i));
  return sum;
}

function keepsLimits(step: usize, size: i32, point: usize, limits: usize, count: i32, binding: i32): bool {
  for (let limit = 0; limit < count; limit++) {
    if (binding & (1 << limit)) continue;
    const from = at(limits, limit * (size + 1));
    let left = room(from, size, point);
    for (let i = 0; i < size; i++) left += load<f64>(at(from, i)) * load<f64>(at(step, i));
    if (!(left >= -slack)) return false;
  }
  return true;
}

/** Gauss and Jordan's elimination, the largest pivot first; the solution stands in the last column. */
function solve(system: usize, size: i32): bool {
  for (let column = 0; column < size; column++) {
    let pivot = column;
    for (let row = column + 1; row < size; row++) {
      const larger = abs<f64>(load<f64>(at(system, row * ROW + column))) > abs<f64>(load<f64>(at(system, pivot * ROW + column)));
      if (larger) pivot = row;
    }
    const value = load<f64>(at(system, pivot * ROW + column));
    if (!(abs<f64>(value) > singular)) return false;
    for (let j = column; j <= size; j++) {
      const upper = at(system, column * ROW + j);
      const chosen = at(system, pivot * ROW + j);
      const x = load<f64>(chosen);
      store<f64>(chosen, load<f64>(upper));
      store<f64>(upper, x / value);
    }
    for (let row = 0; row < size; row++) {
      if (row == column) continue;
      const factor = load<f64>(at(system, row * ROW + column));
      if (factor == 0) continue;
      for (let j = column; j <= size; j++) {
        const to = at(system, row * ROW + j);
        store<f64>(to, load<f64>(to) - factor * load<f64>(at(system, column * ROW + j)));
      }
    }
  }
  return true;
}

/** Whether a symmetric matrix is positive definite beyond rounding, by Cholesky's decomposition, for which `work` has room. */
export function isPositive(matrix: usize, size: i32, work: usize): bool {
  for (let i = 0; i < size; i++) {
    for (let j = 0; j <= i; j++) {
      let sum = load<f64>(at(matrix, i * size + j));
      for (let k = 0; k < j; k++) sum -= load<f64>(at(work, i * size + k)) * load<f64>(at(work, j * size + k));
      if (i > j) store<f64>(at(work, i * size + j), sum / load<f64>(at(work, j * size + j)));
      else if (sum > 1e-9 * load<f64>(at(matrix, i * size + i))) store<f64>(at(work, i * size + i), sqrt<f64>(sum));
      else return false;
    }
  }
  return true;
}
