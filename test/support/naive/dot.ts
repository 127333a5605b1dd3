/** Sum of products, with what each addition loses added at the end. */
export const dot = (a: Float64Array, b: Float64Array): number => {
  let [sum, lost] = [0, 0];
  for (let i = 0; i < a.length; i++) {
    const x = a[i]! * b[i]!;
    const next = sum + x;
    lost += Math.abs(sum) >= Math.abs(x) ? sum - next + x : x - next + sum;
    sum = next;
  }
  return sum + lost;
};
