import { expect, test } from "vitest";
import { Message } from "../../../lib/incoming/message.ts";
import { Messages } from "../../../lib/incoming/messages.ts";
import { FifoQueue, type MessageQueueType } from "../../../lib/incoming/queues.ts";
import { Topic } from "../../../lib/protocol/topic.ts";
import { Log } from "../../../lib/util/logger.ts";
import { Timeouts } from "../../../lib/util/timeouts.ts";

const topic = new Topic("t");
const COUNT = 10_000;

function message(mid: number): Message {
  return new Message(topic, Buffer.alloc(0), 0, mid, undefined);
}

function filled(count: number, queueType: MessageQueueType = FifoQueue): Messages {
  const log = new Log(undefined);
  const messages = new Messages({
    queueType,
    maxQueuedIncomingMessages: Number.POSITIVE_INFINITY,
    overflow: "drop-newest",
    log,
    timeouts: new Timeouts(log),
    broker: () => "broker.example:1883",
  });
  for (let mid = 0; mid < count; mid++) messages.push(message(mid));
  return messages;
}

/** Counts the turns of the event loop from now on. */
function turns(): { count: number } & Disposable {
  const counter = { count: 0, [Symbol.dispose]: () => clearImmediate(immediate) };
  let immediate = setImmediate(function again() {
    counter.count++;
    immediate = setImmediate(again);
  });
  return counter;
}

const numbers = Array.from({ length: COUNT }, (_, mid) => mid);

test("a loop over many queued messages gives the event loop its turn now and then", async () => {
  const messages = filled(COUNT);
  using counter = turns();
  const received: number[] = [];
  for await (const { mid } of messages) if (received.push(mid) === COUNT) break;
  expect(received).toEqual(numbers);
  expect(counter.count).toBeGreaterThan(5);
  expect(counter.count).toBeLessThan(COUNT / 100);
});

test("several loops and calls with options give the event loop its turn, and get each message once", async () => {
  const messages = filled(COUNT);
  using counter = turns();
  const abort = new AbortController();
  const loop = async (): Promise<number[]> => {
    const received: number[] = [];
    while (messages.length > 0) {
      const { value } = await messages.next({ timeout: 0, signal: abort.signal });
      if (value !== undefined) received.push(value.mid);
    }
    return received;
  };
  const received = await Promise.all([loop(), loop(), loop()]);
  for (const each of received) expect(each).toEqual(each.toSorted((a, b) => a - b));
  expect(received.flat().sort((a, b) => a - b)).toEqual(numbers);
  expect(counter.count).toBeGreaterThan(5);
});

test("a loop that is left takes with it what it was given, and no more", async () => {
  const messages = filled(COUNT);
  const abort = new AbortController();
  setImmediate(() => abort.abort("enough"));
  let taken = 0;
  await expect(async () => {
    for (;;) {
      const { value } = await messages.next({ signal: abort.signal });
      expect(value?.mid).toBe(taken++);
    }
  }).rejects.toBe("enough");
  expect(taken).toBeLessThan(COUNT);
  expect(messages.length).toBe(COUNT - taken);
});

test("calls that are made at once are settled in their order", async () => {
  const messages = filled(COUNT);
  const settled: (number | string)[] = [];
  const calls = Array.from({ length: COUNT + 2 }, () =>
    messages.next().then(({ value }) => settled.push(value?.mid ?? "end")),
  );
  messages.push(message(COUNT)); // while the others wait for the next turn
  messages.end(undefined);
  await Promise.all(calls);
  expect(settled).toEqual([...numbers, COUNT, "end"]);
});

/** Has taken so many at once that the next results wait for a turn. */
async function exhausted(): Promise<{ messages: Messages; taken: Promise<unknown> }> {
  const messages = filled(1024);
  return { messages, taken: Promise.all(Array.from({ length: 1024 }, () => messages.next())) };
}

test("the first call to wait is served first, in whatever turn it began", async () => {
  const { messages, taken } = await exhausted();
  const settled: string[] = [];
  const first = messages.next().then(() => settled.push("first"));
  await taken;
  const second = messages.next().then(() => settled.push("second"));
  messages.push(message(1));
  messages.push(message(2));
  await Promise.all([first, second]);
  expect(settled).toEqual(["first", "second"]);
});

test("a call that is aborted after a message was assigned to it still returns the message", async () => {
  const { messages, taken } = await exhausted();
  const abort = new AbortController();
  const waiting = messages.next({ signal: abort.signal });
  messages.push(message(7));
  abort.abort("too late");
  expect((await waiting).value?.mid).toBe(7);
  await taken;
});

test("when the queue throws, those that wait behind get what is queued", async () => {
  let broken = true;
  class Broken extends FifoQueue {
    override shift(): Message | undefined {
      if (broken) {
        broken = false;
        throw new Error("broken");
      }
      return super.shift();
    }
  }
  const messages = filled(0, Broken);
  const first = expect(messages.next()).rejects.toThrow("broken");
  const second = messages.next();
  messages.push(message(7));
  await first;
  expect(messages.length).toBe(0);
  expect((await second).value?.mid).toBe(7);
});
