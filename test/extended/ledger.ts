import { readFileSync } from "node:fs";

/** A message that a service has stored: the process that did so, its batch, and the number of the message. */
interface Entry {
  readonly life: number;
  readonly batch: number;
  readonly number: number;
}

/** Reads the file of a service. A last line without its end was being written when the process was killed. */
export function readLedger(file: string): Entry[] {
  const lines = readFileSync(file, "utf8").split("\n").slice(0, -1);
  return lines.map((line) => {
    const [life = -1, batch = -1, number = -1] = line.split(" ").map(Number);
    return { life, batch, number };
  });
}

/**
 * Compares the file of a service with the rules of late acknowledgement. Returns one sentence for each fault.
 * `forgetsReleases`: mosquitto 2.0.11 sends a message of QoS 2 again that it has released, when two connections in a
 * row break at the wrong moment.
 */
export function findLedgerFaults(entries: readonly Entry[], forgetsReleases: boolean): string[] {
  const faults: string[] = [];
  const seen = new Map<number, Entry>();
  /** The last entry of each process. */
  const last: Entry[] = [];
  let next = 0;
  for (const entry of entries) {
    if (last.at(-1)?.life === entry.life) last.pop();
    // Only the last batch of the last process may not have been acknowledged. A body is a batch of one.
    const ends = last.slice(forgetsReleases ? -2 : -1);
    last.push(entry);
    const earlier = seen.get(entry.number);
    seen.set(entry.number, entry);
    if (earlier === undefined) {
      if (entry.number !== next) faults.push(`${entry.number} came, rather than ${next}`);
      next = entry.number + 1;
    } else if (!ends.some(({ life, batch }) => earlier.life === life && earlier.batch === batch))
      faults.push(`${entry.number} of process ${earlier.life} came again in process ${entry.life}`);
  }
  return faults;
}
