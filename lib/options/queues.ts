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
  maxQueuedOutgoingMessages: number;
  maxConcurrentOutgoingCalls: number;
}

/** Checks the options of queues. */
export function parseQueues(options: ClientOptions): QueueSettings {
  const { logger, queueType = FifoQueue, overflow = "drop-newest" } = options;
  if (logger !== undefined) validateLogger(logger);
  if (typeof queueType !== "function")
    throw new TypeError(`Option queueType must be a class, not ${format(queueType)}`);
  if (overflow !== "drop-newest" && overflow !== "drop-oldest")
    throw new TypeError(`Option overflow must be "drop-newest" or "drop-oldest", not ${format(overflow)}`);
  return {
    logger,
    queueType,
    overflow,
    maxQueuedIncomingMessages: parseLimit("maxQueuedIncomingMessages", options),
    maxQueuedOutgoingMessages: parseLimit("maxQueuedOutgoingMessages", options),
    maxConcurrentOutgoingCalls: parseLimit("maxConcurrentOutgoingCalls", options),
  };
}

type Limit = "maxQueuedIncomingMessages" | "maxQueuedOutgoingMessages" | "maxConcurrentOutgoingCalls";

function parseLimit(name: Limit, options: ClientOptions): number {
  const { [name]: limit = Number.POSITIVE_INFINITY } = options;
  if (limit !== Number.POSITIVE_INFINITY)
    validateInteger(`Option ${name}`, limit, 1, Number.MAX_SAFE_INTEGER);
  return limit;
}
