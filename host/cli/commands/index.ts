import type { Command } from '../command.ts';
import { audit } from './audit.ts';
import { backfill } from './backfill.ts';
import { bench } from './bench.ts';
import { config } from './config.ts';
import { db } from './db.ts';
import { demo } from './demo.ts';
import { diff } from './diff.ts';
import { doctor } from './doctor.ts';
import { drop } from './drop.ts';
import { explain } from './explain.ts';
import { features } from './features.ts';
import { fits } from './fits.ts';
import { generate } from './generate.ts';
import { importBars } from './import.ts';
import { log } from './log.ts';
import { metrics } from './metrics.ts';
import { report } from './report.ts';
import { retention } from './retention.ts';
import { sets } from './sets.ts';
import { status } from './status.ts';
import { update } from './update.ts';
import { verify } from './verify.ts';

/** All commands, in the order of `windrow --help`. */
export const commands: readonly Command[] = [
  demo,
  importBars,
  generate,
  backfill,
  update,
  status,
  sets,
  features,
  explain,
  fits,
  verify,
  audit,
  diff,
  report,
  bench,
  drop,
  retention,
  log,
  metrics,
  doctor,
  config,
  db,
];
