import type { Acknowledgements } from "../incoming/acknowledgements.ts";
import type { Messages } from "../incoming/messages.ts";
import type { TimeLimit } from "../options/time-limit.ts";
import type { Streams } from "../streams/streams.ts";
import { now } from "../util/timers.ts";
import { within } from "../util/within.ts";
import type { Supervisor } from "./supervisor.ts";

/** The parts of a client that take part in its departure. */
export interface DepartureParts {
  readonly messages: Messages;
  readonly streams: Streams;
  readonly acknowledgements: Acknowledgements;
  readonly supervisor: Supervisor;
  readonly timeLimit: TimeLimit;
}

/**
 * Disconnects a client. `drains`: it gives out no more messages, and waits for the bodies of loops and for handlers
 * before, within the timeout.
 */
export async function depart(
  parts: DepartureParts,
  packet: Buffer,
  timeout: number | undefined,
  drains: boolean,
): Promise<void> {
  const { acknowledgements, supervisor, timeLimit } = parts;
  const rest = drains ? await drain(parts, timeout ?? timeLimit.seconds) : timeout;
  acknowledgements.flush();
  return supervisor.disconnect(packet, rest, timeLimit.seconds);
}

/** Waits until no body and no handler runs. Returns the seconds that are left. */
async function drain({ messages, streams }: DepartureParts, limit: number): Promise<number> {
  const began = now();
  const idle = Promise.all([messages.drain(), streams.drain()]);
  await within({ timeout: limit, signal: undefined }, idle, () => undefined).catch(() => {});
  return Math.max(0, limit - (now() - began) / 1000);
}
