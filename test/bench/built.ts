import { pathToFileURL } from 'node:url';

/**
 * A module as it ships, compiled to build/host: `await built<typeof import('../../host/index.ts')>('index.js')`.
 * Worker threads and processes that load TypeScript would spend much of a short run on stripping types.
 */
export const built = <T>(path: string): Promise<T> => import(builtFile(path).href);

export const builtFile = (path: string): URL => new URL(`../../build/host/${path}`, import.meta.url);

/** Whether the module is the one that `node` was asked to run. */
export const isMain = (url: string): boolean => url === pathToFileURL(process.argv[1]!).href;
