import { WindrowError } from '../errors.ts';
import { type FieldRole, headerRoles, plainName, zoneOfName } from './header.ts';
import { parseNumber } from './parseNumber.ts';
import { createTimeParser } from './parseTime.ts';
import type { ReadOptions } from './types.ts';

/** How the lines of a file are to be read. */
export type Form = {
  readonly name: string;
  readonly delimiter: string;
  /** Whether the first line that is not blank is a header. */
  readonly header: boolean;
  readonly roles: readonly (FieldRole | undefined)[];
  /** Zone of times that do not state it; undefined where nothing says which. */
  readonly zone?: string;
};

const encoder = new TextEncoder();

const isNumber = (text: string | undefined): boolean => {
  const bytes = encoder.encode(text ?? '');
  return Number.isFinite(parseNumber(bytes, 0, bytes.length));
};

const isTime = (text: string | undefined, dateOrder: ReadOptions['dateOrder']): boolean => {
  const bytes = encoder.encode(text ?? '');
  return Number.isFinite(createTimeParser(dateOrder).parse(bytes, 0, bytes.length));
};

/** Fields of a line; a delimiter inside double quotes does not separate. */
export const splitFields = (line: string, delimiter: string): string[] => {
  if (!line.includes('"')) return line.split(delimiter);
  const fields = [''];
  let quoted = false;
  for (const letter of line) {
    if (letter === '"') quoted = !quoted;
    else if (letter === delimiter && !quoted) fields.push('');
    else fields[fields.length - 1] += letter;
  }
  return fields;
};

const delimiters = [',', ';', '\t', '|'];

type Shape = {
  readonly name: string;
  readonly roles: readonly (FieldRole | undefined)[];
  readonly zone?: string;
  readonly fits: (fields: readonly string[]) => boolean;
};

const bar: readonly FieldRole[] = ['open', 'high', 'low', 'close', 'volume'];
const isEpoch = (text: string | undefined): boolean =>
  /^(\d{9,10}|\d{12,13}|\d{15,16}|\d{19})$/.test(text ?? '');

/** Forms without a header, told by the first line. */
const shapes: readonly Shape[] = [
  {
    name: 'binance',
    roles: ['time', ...bar, ...Array.from({ length: 6 }, () => undefined)],
    zone: 'UTC',
    fits: fields => fields.length === 12 && isEpoch(fields[0]) && isEpoch(fields[6]),
  },
  {
    // HistData says "EST without daylight saving"; its clock is in fact always five hours behind London: checked
    // against scheduled releases (docs/formats.md).
    name: 'histdata',
    roles: ['time', ...bar],
    zone: 'Europe/London-05:00',
    fits: fields => fields.length === 6 && /^\d{8} \d{6}$/.test(fields[0] ?? ''),
  },
  {
    name: 'metatrader 4',
    roles: ['date', 'clock', ...bar],
    fits: fields =>
      fields.length === 7 &&
      /^\d{4}\.\d\d\.\d\d$/.test(fields[0] ?? '') &&
      /^\d\d?:\d\d/.test(fields[1] ?? ''),
  },
  { name: 'plain', roles: ['time', ...bar], fits: fields => fields.length === 6 },
  { name: 'plain', roles: ['time', ...bar.slice(0, 4)], fits: fields => fields.length === 5 },
  { name: 'plain', roles: ['date', 'clock', ...bar], fits: fields => fields.length === 7 },
];

const shapeOf = (lines: readonly string[], delimiter: string, options: ReadOptions): Form | undefined => {
  const fields = splitFields(lines[0] as string, delimiter).map(field => field.trim());
  for (const { name, roles, zone, fits } of shapes) {
    if (!fits(fields)) continue;
    const clocked = roles[1] === 'clock';
    if (!isTime(clocked ? `${fields[0]} ${fields[1]}` : fields[0], options.dateOrder)) continue;
    const first = clocked ? 2 : 1;
    if (!fields.slice(first, first + 4).every(isNumber)) continue;
    return { name, delimiter, header: false, roles, ...(zone ? { zone } : {}) };
  }
  return undefined;
};

const nameOfHeader = (names: readonly string[], lines: readonly string[]): string => {
  const plain = names.map(plainName);
  if (plain[0] === 'ts_utc') return 'windrow';
  if (/^"?</.test((names[0] ?? '').trim())) return 'metatrader 5';
  if (plain.includes('gmt_time') || plain[0] === 'local_time' || /^time \(/i.test(names[0] ?? ''))
    return 'dukascopy';
  if (plain[0] === 'open_time' && plain.includes('close_time')) return 'binance';
  if (plain.includes('adj_close') || (plain[0] === 'datetime' && names[0] !== plain[0])) return 'yahoo';
  // The service lists the newest bar first; a file of another origin may have the same header.
  if (names[0] === 'timestamp' && (lines[1] ?? '') > (lines[2] ?? '\uffff')) return 'alpha vantage';
  return 'header';
};

const headed = (lines: readonly string[], delimiter: string): Form | undefined => {
  const names = splitFields(lines[0] as string, delimiter).map(name => name.trim());
  const roles = headerRoles(names, splitFields(lines[1] ?? '', delimiter));
  if (!roles) return undefined;
  const name = nameOfHeader(names, lines);
  const timeName = names[roles.indexOf('time')] ?? '';
  const zone = zoneOfName(timeName) ?? (name === 'alpha vantage' ? 'America/New_York' : undefined);
  return { name, delimiter, header: true, roles, ...(zone ? { zone } : {}) };
};

const roleNames = new Set(['time', 'date', 'clock', 'bid', 'ask', 'spread', 'symbol']);

/** The form that `columns` tells; a first line whose time is none is taken as a header. */
const told = (file: string, lines: readonly string[], delimiter: string, options: ReadOptions): Form => {
  const roles = (options.columns ?? []).map(name => {
    const plain = plainName(name);
    if (plain === '' || plain === 'skip') return undefined;
    // A name on its own has the same meaning as in a header.
    const role = roleNames.has(plain) ? plain : headerRoles(['time', ...bar.slice(0, 4), plain], [])?.[5];
    if (role || ['open', 'high', 'low', 'close'].includes(plain)) return (role ?? plain) as FieldRole;
    throw new WindrowError('WR_FILE_COLUMNS', {
      file,
      what: `cannot have a column "${name}": no bar column has that name`,
    });
  });
  for (const need of ['open', 'high', 'low', 'close'] as const) {
    if (roles.includes(need) || roles.includes(`bid_${need}`)) continue;
    throw new WindrowError('WR_FILE_COLUMNS', { file, what: `has no column "${need}" among those given` });
  }
  const [time, date, clock] = [roles.indexOf('time'), roles.indexOf('date'), roles.indexOf('clock')];
  if (time < 0 && date < 0) {
    throw new WindrowError('WR_FILE_COLUMNS', { file, what: 'has no column "time" among those given' });
  }
  const fields = splitFields(lines[0] as string, delimiter).map(field => field.trim());
  const text = time >= 0 ? fields[time] : clock >= 0 ? `${fields[date]} ${fields[clock]}` : fields[date];
  return { name: 'columns', delimiter, header: !isTime(text, options.dateOrder), roles };
};

/** The form of a file by its first lines (none of them blank). */
export const recognise = (file: string, lines: readonly string[], options: ReadOptions): Form => {
  const [line] = lines;
  if (line === undefined) throw new WindrowError('WR_FILE_EMPTY', { file });
  const count = (delimiter: string) => splitFields(line, delimiter).length;
  const candidates = options.delimiter
    ? [options.delimiter]
    : delimiters.toSorted((a, b) => count(b) - count(a)).filter((d, i) => i === 0 || count(d) > 1);
  if (options.columns) return told(file, lines, candidates[0] as string, options);
  for (const delimiter of candidates) {
    const form = headed(lines, delimiter) ?? shapeOf(lines, delimiter, options);
    if (form) return form;
  }
  throw new WindrowError('WR_FILE_FORM', { file, line: line.length > 80 ? `${line.slice(0, 80)}...` : line });
};
