import type pg from 'pg';
import { WindrowError } from '../errors.ts';
import { socketOf } from './copyWatch.ts';

/**
 * Runs what talks with a server, and gives the connection up where this neither takes nor sends a byte for so long. All of
 * `body` has to be the server's turn: what waits for somebody else, or computes for long, would be taken for silence.
 */
export async function breakingSilence<T>(
  client: pg.Client,
  limitMs: number,
  body: () => Promise<T>,
): Promise<T> {
  const socket = socketOf(client);
  const leave = (): void => {
    const what = `it has neither taken nor sent a byte for ${limitMs / 1000} s`;
    socket.destroy(new WindrowError('WR_DATABASE_LOST', { what }));
  };
  socket.setTimeout(limitMs, leave);
  try {
    return await body();
  } finally {
    socket.setTimeout(0, leave);
  }
}

const farewellMs = 5_000;

/** Ends a connection, whether or not the server does its part. */
export const endInTime = (client: pg.Client): Promise<void> =>
  breakingSilence(client, farewellMs, () => client.end());
