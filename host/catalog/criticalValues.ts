// Critical values of Johansen's tests where the constant is not restricted, by the number of relations that the hypothesis
// leaves out, 1 to 8 (the series less the rank): MacKinnon, Haug and Michelis (1999), Journal of Applied Econometrics 14, case
// III, by their response surfaces, to four digits as statsmodels 0.13.5 prints them (coint_tables.py, det_order 0). R's urca
// prints other ones, those of Osterwald-Lenum (1992), in which the constant makes no trend in the levels: for its
// ecdet = "none" 8.18 and 17.95 at 95 % for the trace of 1 and 2, in place of 3.84 and 15.49.

/** For 90, 95 and 99 %. */
type Row = readonly [number, number, number];

export const levels = ['90', '95', '99'] as const;

export const criticalValues: Readonly<Record<'trace' | 'maximum', readonly Row[]>> = {
  trace: [
    [2.7055, 3.8415, 6.6349],
    [13.4294, 15.4943, 19.9349],
    [27.0669, 29.7961, 35.4628],
    [44.4929, 47.8545, 54.6815],
    [65.8202, 69.8189, 77.8202],
    [91.109, 95.7542, 104.9637],
    [120.3673, 125.6185, 135.9825],
    [153.6341, 159.529, 171.0905],
  ],
  maximum: [
    [2.7055, 3.8415, 6.6349],
    [12.2971, 14.2639, 18.52],
    [18.8928, 21.1314, 25.865],
    [25.1236, 27.5858, 32.7172],
    [31.2379, 33.8777, 39.3693],
    [37.2786, 40.0763, 45.8662],
    [43.2947, 46.2299, 52.3069],
    [49.2855, 52.3622, 58.6634],
  ],
};
