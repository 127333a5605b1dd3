import type { Fate, Meddler } from '../support/proxy.ts';

// Moments of a run that are told by what the server answers, not by the clock: however short what follows an answer is, the
// moment falls into it.

/** Any answer of the server, or its word that something was committed, whatever that was. */
export type Answer = 'statement' | 'commit';

/** How many of them the stage's run gets to hear, or somewhat more where a table is to be made first. */
export const usualAnswers: Readonly<Record<Answer, number>> = { statement: 127, commit: 19 };

/** Tags of commands that change something. */
const changes = /^(INSERT|UPDATE|DELETE|MERGE|CREATE|DROP|ALTER|TRUNCATE)\b/;

/** Watches one connection: whether its transaction has changed something, and what ended last. */
function commits(): (type: string, bytes: Buffer) => boolean {
  let changed = false;
  let tag = '';
  return (type, bytes) => {
    // it asks for the rows of a COPY
    if (type === 'G') changed = true;
    if (type === 'C') {
      tag = bytes.toString('latin1', 5, bytes.length - 1);
      changed ||= changes.test(tag);
    }
    // other statements may follow in the same message
    const isCommit = type === 'C' && tag === 'COMMIT';
    // ready, and in no transaction
    const isOver = type === 'Z' && bytes.toString('latin1', 5) === 'I';
    if (!isCommit && !isOver) return false;
    const committed = changed && tag !== 'ROLLBACK';
    changed = false;
    return committed;
  };
}

/**
 * Does something at the n-th answer to a run, over all of its connections: the server has done it, and the run has not heard.
 * `harm` is told the process number of the server's end.
 */
export function atNthAnswer(answer: Answer, nth: number, harm: (backend: number) => Fate): () => Meddler {
  let left = nth;
  return () => {
    const hasCommitted = commits();
    let backend = 0;
    return ({ type, bytes, statement }) => {
      if (type === 'K') backend = bytes.readUInt32BE(5);
      const committed = hasCommitted(type, bytes);
      // a connection that is being opened has said nothing yet
      const isMoment = answer === 'commit' ? committed : type === 'Z' && statement !== '';
      return isMoment && left-- === 0 ? harm(backend) : bytes;
    };
  };
}
