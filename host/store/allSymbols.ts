/**
 * Stands for the symbol of a partition that holds those of all symbols, in tasks, reports and the ledger: it is part of keys
 * there, where NULL would not do, and no symbol is written like this.
 */
export const allSymbols = '*';

/** A symbol as people read it. */
export const symbolText = (symbol: string): string => (symbol === allSymbols ? 'all pairs' : symbol);
