import type { Command } from '../command.ts';
import { config } from './config.ts';
import { db } from './db.ts';

/** All commands, in the order of `windrow --help`. */
export const commands: readonly Command[] = [config, db];
