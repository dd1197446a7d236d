import type { Traffic } from "./connection/reports.ts";

/** What a client has done since it was made, and what it has to do at this moment. */
export interface Statistics extends Traffic {
  /** Messages that came for this client, those that were dropped included. */
  readonly messagesReceived: number;
  /** Messages that came and were dropped, because the message queue was full or threw. */
  readonly messagesDropped: number;
  /** Messages that wait in the message queue. */
  readonly queuedIncoming: number;
  /** Calls that wait to be sent. */
  readonly queuedOutgoing: number;
  /** Publishes of QoS 1 and 2, subscribes and unsubscribes that wait for the broker's answer. */
  readonly inflight: number;
  /** Calls of publish, subscribe and unsubscribe that have not ended, those that wait included. */
  readonly pendingCalls: number;
  /** How often this client has connected. */
  readonly connects: number;
}
