/** A trading session in minutes of the UTC day, from its open up to but not including its close. */
export type TradingSession = { readonly name: string; readonly open: number; readonly close: number };

/** The FX sessions, in order of their opens. */
export const tradingSessions: readonly TradingSession[] = [
  { name: 'tokyo', open: 0, close: 480 },
  { name: 'london', open: 480, close: 960 },
  { name: 'ny', open: 780, close: 1260 },
];

export const sessionOpens = Float64Array.from(tradingSessions, session => session.open);
