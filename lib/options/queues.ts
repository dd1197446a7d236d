import { FifoQueue, type MessageQueueType } from "../incoming/queues.ts";
import { format, validateInteger } from "../util/check.ts";
import { type Logger, validateLogger } from "../util/logger.ts";
import type { ClientOptions } from "./client-options.ts";

/** The queues of a client, their limits, and the logger for warnings. */
export interface QueueSettings {
  logger: Logger | undefined;
  queueType: MessageQueueType;
  maxQueuedIncomingMessages: number;
  overflow: "drop-newest" | "drop-oldest";
  /** The treatment of messages that no subscription matches. */
  unmatched: "queue" | "drop";
  maxQueuedOutgoingMessages: number;
  maxQueuedOutgoingBytes: number;
  maxConcurrentOutgoingCalls: number;
}

/** Checks the options of queues. */
export function parseQueues(options: ClientOptions): QueueSettings {
  const { logger, queueType = FifoQueue, overflow = "drop-newest" } = options;
  if (logger !== undefined) validateLogger(logger);
  parseQueueType(queueType);
  parseOverflow(overflow);
  return {
    logger,
    unmatched: parseUnmatched(options.unmatched),
    queueType,
    overflow,
    maxQueuedIncomingMessages: parseLimit("maxQueuedIncomingMessages", options),
    maxQueuedOutgoingMessages: parseLimit("maxQueuedOutgoingMessages", options),
    maxQueuedOutgoingBytes: parseLimit(
      "maxQueuedOutgoingBytes",
      options,
      options.reconnect ? RECONNECT_BYTES : Number.POSITIVE_INFINITY,
    ),
    maxConcurrentOutgoingCalls: parseLimit("maxConcurrentOutgoingCalls", options),
  };
}

/** Throws unless a value can be a class of queues. */
export function parseQueueType(queueType: unknown): asserts queueType is MessageQueueType {
  if (typeof queueType !== "function")
    throw new TypeError(`Option queueType must be a class, not ${format(queueType)}`);
}

/** Throws unless a value names the message to drop from a full queue. */
export function parseOverflow(overflow: unknown): asserts overflow is "drop-newest" | "drop-oldest" {
  if (overflow !== "drop-newest" && overflow !== "drop-oldest")
    throw new TypeError(`Option overflow must be "drop-newest" or "drop-oldest", not ${format(overflow)}`);
}

function parseUnmatched(unmatched: unknown = "queue"): "queue" | "drop" {
  if (unmatched !== "queue" && unmatched !== "drop")
    throw new TypeError(`Option unmatched must be "queue" or "drop", not ${format(unmatched)}`);
  return unmatched;
}

/** An outage must not take all memory. */
const RECONNECT_BYTES = 64 * 1024 * 1024;

type Limit =
  | "maxQueuedIncomingMessages"
  | "maxQueuedOutgoingMessages"
  | "maxQueuedOutgoingBytes"
  | "maxConcurrentOutgoingCalls";

function parseLimit(name: Limit, options: ClientOptions, byDefault = Number.POSITIVE_INFINITY): number {
  const { [name]: limit = byDefault } = options;
  if (limit !== Number.POSITIVE_INFINITY)
    validateInteger(`Option ${name}`, limit, 1, Number.MAX_SAFE_INTEGER);
  return limit;
}
