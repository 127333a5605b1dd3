export { type ConfigFile, readConfig } from './file.ts';
export {
  configName,
  databaseChoice,
  type Origin,
  type ResolvedSettings,
  resolveSettings,
  type SettingsInput,
} from './settings.ts';
export { originText, type ShownSetting, shownSettings } from './show.ts';
export {
  type SessionHours,
  type SettingName,
  type Settings,
  settingNames,
  settingOf,
  settingTable,
} from './table.ts';
