import { FifoQueue, type MessageQueueType } from "../incoming/queues.ts";
import type { Acknowledge } from "../incoming/receipt.ts";
import { parseAcknowledge } from "../options/acknowledgement.ts";
import type { SubscribeCallOptions } from "../options/call-options.ts";
import { OPTIONS } from "../options/call-options.ts";
import { parseOverflow, parseQueueType } from "../options/queues.ts";
import type { Members } from "../util/check.ts";
import { validateInteger } from "../util/check.ts";

/** The options of `client.stream`. */
export interface StreamOptions extends SubscribeCallOptions {
  /** The class of the stream's queue; it is called as `new queueType(limit)`. Default: `FifoQueue`. */
  queueType?: MessageQueueType | undefined;
  /** Messages that the stream's queue may hold, 1 or more. Default: `Infinity`. */
  maxQueued?: number | undefined;
  /** The message to drop from a full queue. Default: `"drop-newest"`. */
  overflow?: "drop-newest" | "drop-oldest" | undefined;
  /** When messages of this stream are acknowledged. Default: the client's. */
  acknowledge?: Acknowledge | undefined;
}

/** The names of the options of `client.stream`. */
export const STREAM_OPTIONS: Members<StreamOptions> = {
  ...(OPTIONS.subscribe as Members<SubscribeCallOptions>),
  queueType: true,
  maxQueued: true,
  overflow: true,
  acknowledge: true,
};

/** The checked options of a stream's queue. */
export interface StreamQueueSettings {
  queueType: MessageQueueType;
  maxQueuedIncomingMessages: number;
  overflow: "drop-newest" | "drop-oldest";
  acknowledge: Acknowledge;
}

/** Checks the options of a stream's queue. */
export function parseStreamQueue(options: StreamOptions, ofClient: Acknowledge): StreamQueueSettings {
  const { queueType = FifoQueue, maxQueued = Number.POSITIVE_INFINITY, overflow = "drop-newest" } = options;
  const { acknowledge = ofClient } = options;
  parseAcknowledge(acknowledge);
  parseQueueType(queueType);
  parseOverflow(overflow);
  if (maxQueued !== Number.POSITIVE_INFINITY)
    validateInteger("Option maxQueued", maxQueued, 1, Number.MAX_SAFE_INTEGER);
  return { queueType, overflow, maxQueuedIncomingMessages: maxQueued, acknowledge };
}
