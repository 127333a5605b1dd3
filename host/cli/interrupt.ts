import type { Output } from './output.ts';

export type Interrupt = {
  readonly signal: AbortSignal;
  /** Takes the handlers away. */
  readonly release: () => void;
};

/**
 * The first Ctrl-C (or SIGTERM) asks for a clean stop; the second ends the process at once. With `leave`, Ctrl-C
 * does nothing here, because a program that the command runs has it too and answers it.
 */
export function catchInterrupt(output: Output, leave = false): Interrupt {
  const controller = new AbortController();
  const stop = (name: NodeJS.Signals): void => {
    if (leave && name === 'SIGINT') return;
    if (controller.signal.aborted) process.exit(130);
    output.note(`\n${name === 'SIGINT' ? 'Ctrl-C' : name}: stopping; once more stops at once`);
    controller.abort();
  };
  process.on('SIGINT', stop);
  process.on('SIGTERM', stop);
  const release = (): void => {
    process.off('SIGINT', stop);
    process.off('SIGTERM', stop);
  };
  return { signal: controller.signal, release };
}
