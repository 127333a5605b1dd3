import { totalmem } from 'node:os';

const megabyte = 2 ** 20;

/** Where the server listens: in a folder as a Unix socket, or on a port of the loopback interface. */
export type Address = { readonly host: string; readonly port: number };

/**
 * The server's configuration: bulk load by few connections on a machine that also computes. It is written before
 * every start; a `local.conf` beside it is the user's and wins.
 */
export function serverSettings(address: Address, extra: Readonly<Record<string, string>> = {}): string {
  const socket = address.host.startsWith('/');
  // A container's limit, where there is one; without, Node reports a number beyond all memory.
  const memory = Math.min(totalmem(), process.constrainedMemory() || totalmem());
  const buffers = Math.min(1024, Math.max(128, Math.floor(memory / megabyte / 16)));
  const settings: Record<string, string> = {
    listen_addresses: socket ? '' : '127.0.0.1',
    // A list: quoted, so that a comma in the path does not make two of it.
    unix_socket_directories: socket ? `"${address.host.replaceAll('"', '""')}"` : '',
    unix_socket_permissions: '0700',
    port: String(address.port),
    max_connections: '60',
    shared_buffers: `${buffers}MB`,
    maintenance_work_mem: '128MB',
    // Rows are logged while they are loaded. With `minimal` a table of the same transaction is not, but then its pages are
    // synced or, below wal_skip_threshold, read and logged again when it is committed, and the worker waits for that: a
    // backfill takes a tenth longer, or a third.
    wal_level: 'replica',
    max_wal_senders: '0',
    max_wal_size: '4GB',
    checkpoint_timeout: '15min',
    checkpoint_completion_target: '0.9',
    // A statement over a whole family locks each of its partitions: 28 pairs times 25 months, 46 families.
    max_locks_per_transaction: '1024',
    // Feature partitions are frozen when written and are never vacuumed; the parents' statistics matter little.
    autovacuum_naptime: '5min',
    // Short queries over many partitions; compiling them costs more than it saves.
    jit: 'off',
    timezone: 'UTC',
    // By default the schema of the user's name comes first: here that of the ledger, where no one should make tables.
    search_path: 'public',
    log_timezone: 'UTC',
    log_line_prefix: '%m [%p] %a ',
    log_checkpoints: 'off',
    ...extra,
  };
  const lines = Object.entries(settings).map(([name, value]) => `${name} = '${value.replaceAll("'", "''")}'`);
  return ['# Written by Windrow at every start. Put your own settings into local.conf.', ...lines, ''].join(
    '\n',
  );
}
