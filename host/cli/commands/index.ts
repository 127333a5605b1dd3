import type { Command } from '../command.ts';
import { backfill } from './backfill.ts';
import { config } from './config.ts';
import { db } from './db.ts';
import { explain } from './explain.ts';
import { features } from './features.ts';
import { generate } from './generate.ts';
import { importBars } from './import.ts';

/** All commands, in the order of `windrow --help`. */
export const commands: readonly Command[] = [importBars, generate, backfill, features, explain, config, db];
