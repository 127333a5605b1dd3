import type { Settings } from '../../config/table.ts';
import { command } from '../command.ts';
import { counted } from '../format.ts';
import { databaseOptions } from '../options.ts';

/** Maps and lists in one line: "eurusd: 1.07, gbpusd: 1.26". */
const valueText = (value: unknown): string => {
  if (value === null) return '-';
  if (Array.isArray(value)) return value.join(', ');
  if (typeof value !== 'object') return String(value);
  const entries = Object.entries(value as object).filter(([, inner]) => inner !== undefined);
  if (entries.length === 0) return '-';
  return entries
    .map(([key, inner]) => {
      const text = valueText(inner);
      return `${key}: ${typeof inner === 'object' ? `{${text}}` : text}`;
    })
    .join(', ');
};

/** Families of the user in short; --json has them whole. */
const customText = (families: Settings['custom']): string =>
  Object.entries(families)
    .map(([name, { features }]) => `${name}: ${counted(Object.keys(features).length, 'feature')}`)
    .join(', ') || '-';

export const config = command({
  name: 'config',
  summary: 'print the settings in force and where each comes from',
  details:
    'A flag goes over the environment, the environment over windrow.config.yaml, the file over the default.\nPasswords are never printed.',
  options: ['set', 'pairs', 'families', 'source', 'type', 'workers', 'json', ...databaseOptions],
  examples: [
    { line: 'windrow config', what: 'what is in force here' },
    { line: 'windrow config --config other.yaml --json', what: 'the same for another file, for a program' },
  ],
  async run({ settings, output }) {
    const { originText, shownSettings } = await import('../../config/show.ts');
    const { settingOf } = await import('../../config/table.ts');
    const resolved = await settings();
    const shown = shownSettings(resolved);
    if (output.json) {
      output.object({ kind: 'config', file: resolved.file ?? null, settings: shown });
      return 0;
    }
    const { printTable } = await import('../table.ts');
    const rows = shown.map(({ name, key, value, origin }) => {
      const text = name === 'custom' ? customText(value as Settings['custom']) : valueText(value);
      // The variables of libpq have an origin and no value of ours: pg reads them itself.
      const unset = origin.kind === 'env' ? 'as the variables say' : (settingOf(name).otherwise ?? '-');
      return [key, text === '-' ? unset : text, originText(origin)];
    });
    printTable(output, { head: ['setting', 'value', 'from'], rows });
    if (resolved.file === undefined)
      output.note('no windrow.config.yaml here; docs/configuration.md shows one');
    return 0;
  },
});
