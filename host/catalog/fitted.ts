/** Rows of two months of minutes: the month that a model is fitted on and the one in which it is applied. */
const twoMonths = 2 * 44_640;

/** What models are fitted on that are fitted month by month: at most so many rows of both months, and at least so many numbers. */
export const monthly = { rows: twoMonths, atLeast: 1_000 } as const;
