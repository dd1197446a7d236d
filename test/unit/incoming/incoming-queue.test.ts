import { array, boolean, assert as check, constantFrom, integer, property, record, tuple } from "fast-check";
import { expect, test } from "vitest";
import { DeferredMessage } from "../../../lib/incoming/deferred-message.ts";
import { IncomingQueue } from "../../../lib/incoming/incoming-queue.ts";
import type { Message } from "../../../lib/incoming/message.ts";
import { FifoQueue, LifoQueue } from "../../../lib/incoming/queues.ts";
import { Part, Receipt, type ReceiptOwner } from "../../../lib/incoming/receipt.ts";
import { Topic } from "../../../lib/protocol/topic.ts";
import { Log } from "../../../lib/util/logger.ts";

const owner: ReceiptOwner = { hasReasonCodes: true, onSettled: () => {} };
const topic = new Topic("t");
/** A destination that takes nothing. */
const nowhere = { isOver: true, pushDeferred: () => {} };

const settings = record({
  queueType: constantFrom(FifoQueue, LifoQueue),
  maxQueuedIncomingMessages: constantFrom(1, 2, 5, Number.POSITIVE_INFINITY),
  overflow: constantFrom("drop-newest" as const, "drop-oldest" as const),
  acknowledge: constantFrom("received" as const, "processed" as const),
});
const steps = array(
  tuple(
    constantFrom("add", "add", "add", "take", "leave", "return", "acknowledge", "resume", "clear"),
    boolean(),
    integer({ min: 0, max: 2 }),
  ),
  { maxLength: 60 },
);

/** Adds a message as the messages of a client or of a stream do. */
function add(queue: IncomingQueue, qos: number, isDone: boolean): void {
  const message = new DeferredMessage(topic, Buffer.alloc(0), qos, 1, undefined);
  if (qos === 0) {
    queue.add(message);
    return;
  }
  const part = new Part(new Receipt(owner, qos === 2 ? 2 : 1, 1, 0), nowhere);
  queue.keep(part);
  if (isDone) part.acknowledge();
  queue.add(DeferredMessage.withPart(message, part));
}

test("a queue gives out as many messages as its length says, whatever has happened to them", () => {
  check(
    property(settings, steps, (options, list) => {
      const queue = new IncomingQueue({ ...options, log: new Log(undefined) });
      const given: Message[] = [];
      for (const [what, isDone, qos] of list) {
        const last = given.at(-1);
        if (what === "add") add(queue, qos, isDone || options.acknowledge === "received");
        else if (what === "take") given.push(...[queue.take()].filter((message) => message !== undefined));
        else if (what === "leave" && last !== undefined) queue.putBackFirst(given.pop()!);
        else if (what === "return" && last !== undefined)
          queue.putBack({ message: given.pop()!, order: given.length });
        else if (what === "acknowledge") last?.acknowledge();
        else if (what === "resume") queue.voidUnacknowledged();
        else if (what === "clear") {
          queue.giveUp();
          queue.clear();
        }
        expect(queue.length).toBeGreaterThanOrEqual(0);
      }
      const { length } = queue;
      let taken = 0;
      while (queue.take() !== undefined) taken++;
      expect(taken).toBe(length);
      expect(queue.length).toBe(0);
    }),
    { numRuns: 1_000 },
  );
});
