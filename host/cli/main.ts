#!/usr/bin/env node
import * as modules from 'node:module';

// An older Node has not what is used here, and would say so by a SyntaxError of some file.
if (typeof modules.enableCompileCache === 'function') {
  // What is imported from here on was compiled the last time. Threads look for it where this variable says.
  modules.enableCompileCache();
  const cache = modules.getCompileCacheDir();
  if (cache !== undefined) process.env.NODE_COMPILE_CACHE ??= cache;
  await import('./run.ts');
} else {
  console.error(`windrow needs Node 22.12 or newer; this is ${process.version} (${process.execPath})`);
  process.exitCode = 2;
}
