import type { Operator, Param } from './types.ts';

/** The longest day that a state is kept for. */
const dayParam: Param = { name: 'max_rows', min: 1, max: 86_400, integer: true };
const some = 1e-12;

// What the kernels are asked for, mirrored by assembly/kernels/cusum.ts and bocpd.ts.
const sums = { value: 0, alarm: 1 } as const;
const wants = { length: 0, mass: 1, above: 2, below: 3 } as const;

const silent =
  'only where a is in the current row, and where the day has more than `max_rows` rows up to there';

const cusum = (name: string, want: keyof typeof sums, summary: string): Operator => ({
  name,
  args: ['a'],
  params: [{ name: 'drift', min: 0, max: 1e9 }, { name: 'limit', min: 0, max: 1e9 }, dayParam],
  summary: `${summary}, U = max(0, U + a - \`drift\`) and D = max(0, D - a - \`drift\`) over the rows since the UTC day began; both are 0 before it and behind a row in which one is above \`limit\``,
  nulls: `${silent}; a row with NULL leaves both as they are`,
  forgiving: true,
  lower: (b, [x], [drift, limit, maxRows]) =>
    b.kernel(
      'cusum',
      [b.time(), x!],
      [Number(drift), Number(limit), Number(maxRows)],
      Float64Array.of(sums[want]),
    ),
});

const bocpd = (want: keyof typeof wants, summary: string, more: readonly Param[] = []): Operator => ({
  name: `bocpd_${want}`,
  args: ['a'],
  params: [
    { name: 'hazard', min: some, max: 0.999 },
    { name: 'longest', min: 1, max: 4096, integer: true },
    { name: 'mu', min: -1e9, max: 1e9 },
    { name: 'kappa', min: some, max: 1e9 },
    { name: 'alpha', min: 1, max: 1000 },
    { name: 'beta', min: some, max: 1e9 },
    dayParam,
    ...more,
  ],
  summary: `${summary} since a last changed its mean and variance (Adams and MacKay 2007), over the rows since the UTC day began: normal numbers with the prior (\`mu\`, \`kappa\`, \`alpha\`, \`beta\`) and a constant \`hazard\`, runs of more than \`longest\` rows left out`,
  nulls: `${silent}; a row with NULL leaves all as it is`,
  forgiving: true,
  lower: (b, [x], params) => {
    const [hazard, longest, mu, kappa, alpha, beta, maxRows, number = 0] = params.map(Number);
    const centred = mu === 0 ? x! : b.kernel('sub', [x!, b.constant(mu!)]);
    return b.kernel(
      'bocpd',
      [b.time(), centred],
      [hazard!, longest!, kappa!, alpha!, beta!, maxRows!],
      Float64Array.of(wants[want], number),
    );
  },
});

/** Detectors of changes that begin anew with the UTC day. */
export const changes: readonly Operator[] = [
  cusum('cusum', 'value', 'U - D'),
  cusum('cusum_alarm', 'alarm', '1 where U or D is above `limit`, else 0'),
  bocpd('length', 'most probable number of rows, the smaller of equals,'),
  bocpd('mass', 'probability that there are at most `n` rows', [
    { name: 'n', min: 0, max: 4096, integer: true },
  ]),
  bocpd('above', 'probability that the variance is above `variance`', [
    { name: 'variance', min: some, max: 1e9 },
  ]),
  bocpd('below', 'probability that the variance is below `variance`', [
    { name: 'variance', min: some, max: 1e9 },
  ]),
];
