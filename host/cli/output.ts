import { styleText } from 'node:util';

type Stream = NodeJS.WriteStream;
type Style = Parameters<typeof styleText>[0];

/** Colours only on a terminal, and not with NO_COLOR. */
export const colourful = (stream: Stream, env: NodeJS.ProcessEnv = process.env): boolean =>
  stream.isTTY === true && !env.NO_COLOR && env.TERM !== 'dumb';

/** Where a command prints: data to stdout, everything else to stderr. */
export class Output {
  readonly json: boolean;
  readonly stdout: Stream;
  readonly stderr: Stream;

  constructor(options: { readonly json?: boolean; readonly stdout?: Stream; readonly stderr?: Stream } = {}) {
    this.json = options.json ?? false;
    this.stdout = options.stdout ?? process.stdout;
    this.stderr = options.stderr ?? process.stderr;
  }

  /** A line of the result. */
  line(text = ''): void {
    this.stdout.write(`${text}\n`);
  }

  /** A line about what is going on. */
  note(text: string): void {
    this.stderr.write(`${text}\n`);
  }

  /** One object on a line of its own. Times, sizes and checksums beyond 2^53 become strings. */
  object(value: unknown): void {
    const plain = (_key: string, item: unknown) => (typeof item === 'bigint' ? item.toString() : item);
    this.line(JSON.stringify(value, plain));
  }

  style(style: Style, text: string, stream: Stream = this.stdout): string {
    return colourful(stream) ? styleText(style, text, { validateStream: false }) : text;
  }

  heading(text: string): void {
    this.line(this.style('bold', text));
  }

  /** Two columns: what, and how much. */
  facts(pairs: readonly (readonly [string, string])[]): void {
    const width = Math.max(...pairs.map(([name]) => name.length));
    for (const [name, value] of pairs) this.line(`  ${this.style('dim', name.padEnd(width))}  ${value}`);
  }
}
