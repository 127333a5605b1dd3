import type { Command } from '../command.ts';
import { config } from './config.ts';
import { db } from './db.ts';
import { explain } from './explain.ts';
import { features } from './features.ts';

/** All commands, in the order of `windrow --help`. */
export const commands: readonly Command[] = [features, explain, config, db];
