import { execFileSync } from 'node:child_process';

/** Another host: a network namespace, joined to this one by a cable that can be pulled. */
export type OtherHost = {
  /** This host's address at the cable. */
  readonly address: string;
  /** Before a command: runs it there. */
  readonly prefix: readonly string[];
  readonly cut: () => void;
  readonly join: () => void;
  readonly remove: () => void;
};

const ip = (command: string): void => {
  execFileSync('ip', command.split(' '), { stdio: 'ignore' });
};

/** Makes one, where this account may. */
export function makeOtherHost(): OtherHost | undefined {
  const name = `windrow${process.pid}`;
  // the link's name may have 15 characters
  const [here, there] = [`wr${process.pid}a`, `wr${process.pid}b`];
  // 198.18.0.0/15 is for tests between networks (RFC 2544); a block of 4 for each process
  const block = (process.pid % 16_384) * 4;
  const at = (n: number): string => `198.18.${Math.floor((block + n) / 256)}.${(block + n) % 256}`;
  const remove = () => {
    try {
      ip(`netns delete ${name}`);
    } catch {
      // it was not there
    }
  };
  try {
    ip(`netns add ${name}`);
    ip(`link add ${here} type veth peer name ${there} netns ${name}`);
    ip(`address add ${at(1)}/30 dev ${here}`);
    ip(`link set ${here} up`);
    ip(`-netns ${name} address add ${at(2)}/30 dev ${there}`);
    ip(`-netns ${name} link set ${there} up`);
    ip(`-netns ${name} link set lo up`);
  } catch {
    remove();
    return undefined;
  }
  return {
    address: at(1),
    prefix: ['ip', 'netns', 'exec', name],
    cut: () => ip(`-netns ${name} link set ${there} down`),
    join: () => ip(`-netns ${name} link set ${there} up`),
    remove,
  };
}
