import { createRequire } from 'node:module';

const { version } = createRequire(import.meta.url)('windrow/package.json') as { version: string };

/** The version of this package. */
export const packageVersion = version;
