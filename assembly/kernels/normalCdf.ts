// Distribution function of the standard normal distribution. Near zero 1/2 + x P(x^2), so that it is exactly 1/2 at zero
// and its distance from 1/2 is odd; from |x| = 1 on the tail exp(-a^2 / 2) G(u) / (1 + a), a = |x|, u = (a - 7) / (a + 5),
// with G smooth on -1..1 up to infinity, after the idea of Shepherd and Laframboise (1981), "Chebyshev approximation of
// (1 + 2x) exp(x^2) erfc(x)". P and G are Chebyshev interpolants of degrees 11 and 24, computed in 50 digits and rounded;
// they are within 1e-17. a^2 is taken as that of the upper half of a's digits, exact, and the rest. Below 4 ulp as far as the
// value is a normal number, 0 beyond. Every value lies in 0..1. NaN for NaN.

// @ts-ignore: decorator
@inline
const clearLow: u64 = ~0x7ffffff;

export function normalCdf(out: usize, a: usize, rows: i32): void {
  for (const end = a + ((<usize>rows) << 3); a < end; a += 8) {
    const x = load<f64>(a);
    const distance = abs<f64>(x);
    let p: f64;
    if (distance < 1) {
      p = 0.5 + x * central(x * x);
    } else {
      p = tail(distance);
      if (x > 0) p = 1 - p;
    }
    store<f64>(out, p);
    out += 8;
  }
}

/** (cdf - 1/2) / x from z = x^2 < 1. */
// @ts-ignore: decorator
@inline
function central(z: f64): f64 {
  let p: f64 = -1.6878231631896875e-13;
  p = p * z + 5.003033458919368e-12;
  p = p * z + -1.1285002144059668e-10;
  p = p * z + 2.2733770173468317e-9;
  p = p * z + -4.122657837266453e-8;
  p = p * z + 6.659693114915888e-7;
  p = p * z + -9.444656248413156e-6;
  p = p * z + 0.00011543468761421087;
  p = p * z + -0.001187328215480253;
  p = p * z + 0.009973557010035806;
  p = p * z + -0.06649038006690544;
  return p * z + 0.3989422804014327;
}

/** What lies below -a, a >= 1 or NaN. */
function tail(a: f64): f64 {
  if (a > 40) return 0;
  const upper = reinterpret<f64>(reinterpret<u64>(a) & clearLow);
  const rest = (upper - a) * (upper + a) * 0.5;
  const decay = NativeMath.exp(-0.5 * upper * upper) * (1 + rest * (1 + rest * (0.5 + rest * (1 / 6))));
  const u = (a - 7) / (a + 5);
  // even and odd powers apart: two short chains of operations instead of a long one
  const square = u * u;
  let even: f64 = 3.2663893094597782e-12;
  even = even * square + -4.3323719528408216e-11;
  even = even * square + 3.7495345884504136e-10;
  even = even * square + -3.0246165995396202e-9;
  even = even * square + 2.4684853117373407e-8;
  even = even * square + -1.8672351393412382e-7;
  even = even * square + 7.986995669135254e-7;
  even = even * square + 1.2497642590286407e-5;
  even = even * square + -0.00034413812619890074;
  even = even * square + -0.002959084079464969;
  even = even * square + -0.005453038908155892;
  even = even * square + 0.02264470204155929;
  even = even * square + 0.4471478595243243;
  let odd: f64 = 2.3980657461170656e-12;
  odd = odd * square + -2.963539426628992e-11;
  odd = odd * square + 1.7320952462327183e-10;
  odd = odd * square + 2.2632653044437219e-10;
  odd = odd * square + -2.6157959439849676e-8;
  odd = odd * square + 5.353803057221302e-7;
  odd = odd * square + -7.421991372000534e-6;
  odd = odd * square + 4.351925562116629e-5;
  odd = odd * square + 0.0012229345016936894;
  odd = odd * square + 0.005120975389055177;
  odd = odd * square + -0.0011707392062381744;
  odd = odd * square + -0.0673169292078119;
  return (decay * (even + u * odd)) / (1 + a);
}
