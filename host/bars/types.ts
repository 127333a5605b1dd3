import type { BarColumn, Bars } from '../catalog/bars.ts';
import type { WindrowError } from '../errors.ts';

/** Why a line of a bar file was not taken; the word that stands in the rejects file and in the counts. */
export const rejectCauses = [
  'too few fields',
  'too many fields',
  'not a time',
  'time outside zone',
  'not a number',
  'price not positive',
  'negative volume',
  'high below low',
  'crossed quote',
  'other symbol',
  'different duplicate',
] as const;

export type RejectCause = (typeof rejectCauses)[number];

export type RejectCounts = Readonly<Partial<Record<RejectCause, number>>>;

/** Consecutive bars of one symbol and one month: ascending in time, each time once, at most 65,536. */
export type BarBatch = {
  readonly symbol: string;
  /** The month of all its bars, "2024-07". */
  readonly month: string;
  readonly bars: Bars;
  /** Path of the file, as it was given. */
  readonly file: string;
  /** What the file has had so far, this batch included. */
  readonly counts: FileCounts;
};

export type FileCounts = {
  /** Lines read, header and blank lines included. */
  readonly lines: number;
  /** Bars delivered. */
  readonly rows: number;
  readonly rejected: RejectCounts;
  /** Lines equal to another of the same time, taken once. */
  readonly equalDuplicates: number;
  /** Lines earlier than the one before them; their bars are sorted. */
  readonly unsorted: number;
  /** Bytes read from the file, compressed ones where it is compressed. */
  readonly bytes: number;
};

/** What became of one file. */
export type FileReport = FileCounts & {
  readonly file: string;
  readonly symbol: string;
  /** Name of the form that was recognised, such as "metatrader 5"; empty where none was. */
  readonly format: string;
  /** Zone of its times; empty where the times say it themselves. */
  readonly zone: string;
  readonly columns: readonly BarColumn[];
  /** First and last bar, in microseconds since the Unix epoch; NaN where there is none. */
  readonly first: number;
  readonly last: number;
  /** Path of the rejects file, where one was written. */
  readonly rejectsFile?: string;
  /** Assumptions made and things worth knowing, one sentence each. */
  readonly notes: readonly string[];
  /** Why the rest of the file could not be read; bars before it were delivered. */
  readonly error?: WindrowError;
  readonly tookMs: number;
};

export type ReadOptions = {
  /** Column of each field in order, such as ["time", "open", "high", "low", "close", "-", "volume"]; "-" skips one. */
  readonly columns?: readonly string[];
  /** One character. Recognised when absent: comma, semicolon, tab or bar. */
  readonly delimiter?: string;
  /** IANA name ("America/New_York"), an offset ("+02:00") or both ("Europe/London-05:00"). */
  readonly zone?: string;
  /** Order of day, month and year in dates of the form 01/02/2024. Dots imply "dmy", slashes "mdy". */
  readonly dateOrder?: 'dmy' | 'mdy';
  /** Whether a bar's time is that of its start (default) or of its end. */
  readonly label?: 'start' | 'end';
  /** Length of a bar, needed to move labels from end to start; by default the smallest step of the first lines. */
  readonly intervalMinutes?: number;
  /** Symbol of all the files; else it is taken from each file's name. */
  readonly symbol?: string;
  /** Where in a file's name the symbol is: a regular expression whose first group (or whole match) is the symbol. */
  readonly symbolPattern?: RegExp | string;
  /** "bid-ask": open to close are the bid bar and there are ask columns. "none": ignore quotes and spreads. */
  readonly quotes?: 'none' | 'bid-ask';
  /** Price of one point, for spreads given in points; by default that of the currency pair. */
  readonly pointSize?: number;
  /** Folder of the rejects files, by default that of each input; false writes none. */
  readonly rejectsDir?: string | false;
  /** Stop at the first bad line. */
  readonly strict?: boolean;
  /** How many symbols are read side by side (default 4). Files of one symbol follow each other, in the order given. */
  readonly parallel?: number;
  readonly signal?: AbortSignal;
  /** Called at the end of each file. */
  readonly onFile?: (report: FileReport) => void;
};
