import type { ClientParts } from "./client-parts.ts";
import type { Traffic } from "./connection/reports.ts";
import type { AcknowledgementTimes, CountByQoS } from "./diagnostics/counters.ts";

/** The counters of a client since it was made, and the present lengths of its queues. */
export interface Statistics extends Traffic {
  /** Received messages, dropped ones included. */
  readonly messagesReceived: number;
  /** Received messages of QoS 0, 1 and 2. */
  readonly receivedByQoS: CountByQoS;
  /** Publishes of QoS 0, 1 and 2 whose call has succeeded. */
  readonly publishedByQoS: CountByQoS;
  /** QoS 1 and 2: the times from the call of `publish` to its acknowledgement, waits in queues included. */
  readonly acknowledgements: AcknowledgementTimes;
  /** Received messages that were dropped: a queue was full or threw, or no subscription matched. */
  readonly messagesDropped: number;
  /** Messages in the message queue, and in those of streams. */
  readonly queuedIncoming: number;
  /** The most messages that one queue has had at once. */
  readonly queuedIncomingPeak: number;
  /** The most calls that were queued when a turn of the event loop had ended. */
  readonly queuedOutgoingPeak: number;
  /** Calls that are queued for sending. */
  readonly queuedOutgoing: number;
  /** Publishes of QoS 1 and 2, subscribes and unsubscribes that wait for the broker's answer. */
  readonly inflight: number;
  /** Calls of publish, subscribe and unsubscribe that have not ended, queued ones included. */
  readonly pendingCalls: number;
  /** MQTT 5: messages that were acknowledged with a failing reason code. */
  readonly messagesRefused: number;
  /** The age of the oldest message that is not acknowledged, in seconds; 0 if there is none. */
  readonly oldestUnacknowledged: number;
  /** MQTT 5: requests whose response has not come. */
  readonly pendingRequests: number;
  /** MQTT 5: responses that came late, twice or for no request, and were dropped. */
  readonly lateResponses: number;
  /** The number of connections that this client has made. */
  readonly connects: number;
  /** The number of connections that it has made after a loss. */
  readonly reconnects: number;
}

/** Takes a snapshot of a client's counters. */
export function readStatistics(parts: ClientParts): Statistics {
  const { messages, router, streams, connection, outgoing, acknowledgements, requests } = parts;
  const { counters } = parts.observer;
  return {
    messagesReceived: messages.received + router.elsewhere,
    receivedByQoS: counters.received.read(),
    publishedByQoS: counters.published.read(),
    acknowledgements: counters.readAcknowledgements(),
    messagesDropped: messages.dropped + router.dropped + streams.dropped,
    ...connection.handle.traffic,
    queuedIncoming: messages.length + streams.queued,
    queuedIncomingPeak: Math.max(messages.peak, streams.peak),
    queuedOutgoingPeak: outgoing.queuedPeak,
    queuedOutgoing: outgoing.queued,
    inflight: connection.handle.inFlight,
    pendingCalls: outgoing.pending,
    messagesRefused: acknowledgements.refused,
    oldestUnacknowledged: acknowledgements.oldest,
    pendingRequests: requests.pending,
    lateResponses: requests.late,
    connects: connection.connects,
    reconnects: counters.reconnects,
  };
}
