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

/** Compares the file of a service with the rules of late acknowledgement. Returns one sentence for each fault. */
export function findLedgerFaults(entries: readonly Entry[]): string[] {
  const faults: string[] = [];
  const seen = new Map<number, Entry>();
  /** The last entry of an earlier process. */
  let before: Entry | undefined;
  let last: Entry | undefined;
  let next = 0;
  for (const entry of entries) {
    if (last !== undefined && last.life !== entry.life) before = last;
    last = entry;
    const earlier = seen.get(entry.number);
    seen.set(entry.number, entry);
    if (earlier === undefined) {
      if (entry.number !== next) faults.push(`${entry.number} came, rather than ${next}`);
      next = entry.number + 1;
    } else if (earlier.life === entry.life)
      faults.push(`${entry.number} came twice in process ${entry.life}`);
    // Only the last batch of the last process may not have been acknowledged. A body is a batch of one.
    else if (earlier.life !== before?.life || earlier.batch !== before.batch)
      faults.push(
        `${entry.number} came again in process ${entry.life}, and was not the last of ${before?.life}`,
      );
  }
  return faults;
}
