// The record of what a client promised and what the broker saw, and the rules that both must fulfil.

/** A message that was sent by the client under test, or to it. */
export interface Sent {
  topic: string;
  qos: 0 | 1 | 2;
  number: number;
  /** "done": must arrive. "never": must not arrive. "open": may arrive. */
  promise: "done" | "never" | "open";
  /** Whether the broker may have forgotten it, although it acknowledges it. */
  mayBeForgotten?: boolean;
}

export interface Seen {
  topic: string;
  qos: number;
  text: string;
}

/** The text of a message: its number, and a filler that would reveal mixed-up payloads. */
export function messageText({ number, qos }: { number: number; qos: number }): string {
  const filler = ((number * 7919) % 13) ** (1 + (number % 4));
  return `${number}/${qos}/${"abcdefghijklmnopqrstuvwxyz".repeat(1 + filler / 26).slice(number % 26, (number % 26) + filler)}`;
}

/** Compares the messages seen with those sent, which are in order. Returns one sentence for each fault. */
export function findFaults(sent: readonly Sent[], seen: readonly Seen[]): string[] {
  const byText = new Map(sent.map((message) => [`${message.topic} ${messageText(message)}`, message]));
  const counts = new Map<Sent, number>();
  const faults: string[] = [];
  const firsts: Sent[] = [];
  for (const { topic, text } of seen) {
    const message = byText.get(`${topic} ${text}`);
    if (message === undefined) {
      faults.push(`seen, but never sent: ${topic} ${text.slice(0, 40)}`);
      continue;
    }
    const count = counts.get(message) ?? 0;
    if (count === 0) firsts.push(message);
    counts.set(message, count + 1);
  }
  for (const message of sent) faults.push(...miscounts(message, counts.get(message) ?? 0));
  faults.push(...disorder(firsts));
  return faults;
}

function miscounts({ topic, qos, number, promise }: Sent, count: number): string[] {
  const name = `${topic} ${number} at QoS ${qos} (${promise})`;
  if (promise === "never" && count > 0) return [`${name} arrived all the same`];
  if (promise === "done" && qos > 0 && count === 0) return [`${name} did not arrive`];
  if (qos !== 1 && count > 1) return [`${name} arrived ${count} times`];
  return [];
}

/** Finds messages of one topic and QoS whose first arrivals are not in the order of sending. */
function disorder(firsts: readonly Sent[]): string[] {
  const last = new Map<string, number>();
  return firsts.flatMap(({ topic, qos, number }) => {
    const key = `${topic} at QoS ${qos}`;
    const before = last.get(key) ?? -1;
    last.set(key, Math.max(before, number));
    return number < before ? [`${key}: ${number} came after ${before}`] : [];
  });
}
