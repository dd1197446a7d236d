import type { Traffic } from "./connection/reports.ts";

/** The counters of a client since it was made, and the present lengths of its queues. */
export interface Statistics extends Traffic {
  /** Received messages, dropped ones included. */
  readonly messagesReceived: number;
  /** Received messages that were dropped, because the message queue was full or threw. */
  readonly messagesDropped: number;
  /** Messages in the message queue. */
  readonly queuedIncoming: number;
  /** Calls that are queued for sending. */
  readonly queuedOutgoing: number;
  /** Publishes of QoS 1 and 2, subscribes and unsubscribes that wait for the broker's answer. */
  readonly inflight: number;
  /** Calls of publish, subscribe and unsubscribe that have not ended, queued ones included. */
  readonly pendingCalls: number;
  /** The number of connections that this client has made. */
  readonly connects: number;
}
