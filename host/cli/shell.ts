import { createInterface } from 'node:readline/promises';
import type { Database } from '../store/database.ts';
import type { ExitCode } from './command.ts';
import { counted } from './format.ts';
import type { Output } from './output.ts';
import { printTable } from './table.ts';

type Client = Awaited<ReturnType<Database['connect']>>;

const listTables = `
  select n.nspname as schema, c.relname as name, case c.relkind when 'p' then 'partitioned' else 'table' end as kind
  from pg_class c join pg_namespace n on n.oid = c.relnamespace
  where c.relkind in ('r', 'p') and not c.relispartition and n.nspname !~ '^(pg_|information_schema)' order by 1, 2`;

const valueText = (value: unknown): string => {
  if (value === null) return '';
  if (value instanceof Date) return value.toISOString().replace('T', ' ').replace('.000Z', '');
  return typeof value === 'object' ? JSON.stringify(value) : String(value);
};

async function runStatement(client: Client, output: Output, text: string): Promise<boolean> {
  try {
    const answer = await client.query({ text, rowMode: 'array' });
    // Several statements in one text give several answers.
    for (const { fields, rows, command, rowCount } of [answer].flat()) {
      if (fields.length > 0) {
        const head = fields.map(field => field.name);
        printTable(output, { head, rows: rows.map(row => (row as unknown[]).map(valueText)) });
        output.line(`(${counted(rows.length, 'row')})`);
      } else output.line([command, rowCount].filter(part => part !== null).join(' '));
    }
    return true;
  } catch (error) {
    output.note(`${output.style('red', 'error:', output.stderr)} ${(error as Error).message}`);
    return false;
  }
}

async function converse(client: Client, output: Output): Promise<void> {
  const lines = createInterface({
    input: process.stdin,
    output: process.stdin.isTTY ? output.stderr : undefined,
  });
  let open = true;
  lines.on('SIGINT', () => lines.close());
  lines.on('close', () => {
    open = false;
  });
  const prompt = (text: string): void => {
    lines.setPrompt(text);
    // Piped input is over before its last line has been run.
    if (open) lines.prompt();
  };
  prompt('windrow=> ');
  let statement = '';
  for await (const line of lines) {
    if (statement === '' && /^\s*(\\q|exit|quit)\b/.test(line)) break;
    if (statement === '' && /^\s*\\d/.test(line)) await runStatement(client, output, listTables);
    else statement = `${statement}${line}\n`.replace(/^\s+/, '');
    if (/;\s*$/.test(statement)) {
      await runStatement(client, output, statement);
      statement = '';
    }
    prompt(statement === '' ? 'windrow=> ' : 'windrow-> ');
  }
  lines.close();
}

/** A plain SQL shell for machines without psql. With `statement`, that one alone. */
export async function runShell(database: Database, output: Output, statement?: string): Promise<ExitCode> {
  const client = await database.connect();
  try {
    if (statement !== undefined) return (await runStatement(client, output, statement)) ? 0 : 1;
    output.note(
      'psql is not installed; this is a plain shell: statements end with ";", \\d lists tables, \\q ends it',
    );
    await converse(client, output);
    return 0;
  } finally {
    await client.end();
  }
}
