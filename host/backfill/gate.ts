/** What threads wait at until one of them opens it, for good. */
export type Gate = Int32Array<SharedArrayBuffer>;

export const closedGate = (): Gate => new Int32Array(new SharedArrayBuffer(4));

export function openGate(gate: Gate): void {
  Atomics.store(gate, 0, 1);
  Atomics.notify(gate, 0);
}

/** Waits until the gate is open, without keeping the thread from other work. */
export async function passGate(gate: Gate): Promise<void> {
  await Atomics.waitAsync(gate, 0, 0).value;
}
