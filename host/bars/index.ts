export { readBars } from './readBars.ts';
export { type GenerateOptions, generateBars, type SyntheticMonth } from './synthetic.ts';
export {
  type BarBatch,
  type FileCounts,
  type FileReport,
  type ReadOptions,
  type RejectCause,
  type RejectCounts,
  rejectCauses,
} from './types.ts';
export { bidAskColumns, type WriteCsvOptions, writeCsv } from './writeCsv.ts';
