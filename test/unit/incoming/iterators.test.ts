// Each consumer has an iterator of its own, which gives back the messages that it has not looked at when it is left.

import { Readable } from "node:stream";
import { expect, test } from "vitest";
import { Message } from "../../../lib/incoming/message.ts";
import { Messages } from "../../../lib/incoming/messages.ts";
import { FifoQueue, LifoQueue, type MessageQueueType, PriorityQueue } from "../../../lib/incoming/queues.ts";
import { Topic } from "../../../lib/protocol/topic.ts";
import { Log } from "../../../lib/util/logger.ts";
import { Timeouts } from "../../../lib/util/timeouts.ts";

const topic = new Topic("t");
const DONE = { value: undefined, done: true };

function message(mid: number): Message {
  return new Message(topic, Buffer.alloc(0), 0, mid, undefined);
}

function make(options: { queueType?: MessageQueueType; limit?: number; overflow?: "drop-oldest" } = {}) {
  const { queueType = FifoQueue, limit = Number.POSITIVE_INFINITY, overflow = "drop-newest" } = options;
  const log = new Log(undefined);
  return new Messages({
    ...{ queueType, overflow, log, timeouts: new Timeouts(log), broker: () => "broker.example:1883" },
    maxQueuedIncomingMessages: limit,
  });
}

const push = (messages: Messages, ...mids: number[]) => {
  for (const mid of mids) messages.push(message(mid));
};

/** The identifiers of all messages that are queued. */
async function drain(messages: Messages): Promise<number[]> {
  const mids: number[] = [];
  while (messages.length > 0) mids.push((await messages.next()).value?.mid ?? -1);
  return mids;
}

const mid = async (result: Promise<IteratorResult<Message, undefined>>) => (await result).value?.mid;

test("each loop has an iterator of its own, which tells the length", async () => {
  const messages = make();
  push(messages, 1, 2, 3);
  const [one, other] = [messages[Symbol.asyncIterator](), messages[Symbol.asyncIterator]()];
  expect(one).not.toBe(other);
  expect(one[Symbol.asyncIterator]()).toBe(one);
  expect(await mid(one.next())).toBe(1);
  expect(await mid(other.next({ timeout: 1 }))).toBe(2);
  expect([one.length, other.length, messages.length]).toEqual([1, 1, 1]);
});

test("an iterator takes the options of next", async () => {
  const iterator = make()[Symbol.asyncIterator]();
  await expect(iterator.next({ timeout: 0 })).rejects.toMatchObject({ code: "TIMEOUT" });
  await expect(iterator.next({ signal: AbortSignal.abort("enough") })).rejects.toBe("enough");
  await expect(iterator.next({ timout: 1 } as never)).rejects.toThrow(TypeError);
});

test("a wait ends when its iterator is left, and the message stays", async () => {
  const messages = make();
  const iterator = messages[Symbol.asyncIterator]();
  const waiting = [iterator.next(), iterator.next({ timeout: 1, signal: new AbortController().signal })];
  expect(await iterator.return()).toEqual(DONE);
  expect(await Promise.all(waiting)).toEqual([DONE, DONE]);
  push(messages, 1);
  expect(await iterator.next()).toEqual(DONE);
  expect(await drain(messages)).toEqual([1]);
});

test("to leave one iterator ends no other wait", async () => {
  const messages = make();
  const iterator = messages[Symbol.asyncIterator]();
  const other = mid(messages[Symbol.asyncIterator]().next());
  const plain = mid(messages.next());
  void iterator.next();
  await iterator.return();
  await messages.return();
  push(messages, 1, 2);
  expect(await Promise.all([other, plain])).toEqual([1, 2]);
});

test("a message that a wait was given goes back when nobody has looked at it", async () => {
  const messages = make();
  const iterator = messages[Symbol.asyncIterator]();
  const waiting = iterator.next();
  push(messages, 1, 2);
  await Promise.all([iterator.return(), expect(waiting).resolves.toEqual(DONE)]);
  expect(messages.length).toBe(2);
  expect(await drain(messages)).toEqual([1, 2]);
});

test("a consumer that leaves another one takes no message from it", async () => {
  const messages = make();
  const stream = Readable.from(messages[Symbol.asyncIterator]());
  const seen: number[] = [];
  const first = messages.next().then(() => stream.destroy());
  stream.on("data", (each: Message) => seen.push(each.mid));
  await new Promise(setImmediate); // now the stream waits behind the first
  push(messages, 1, 2);
  await first;
  await new Promise((resolve) => stream.once("close", resolve));
  expect(seen).toEqual([]);
  expect(await drain(messages)).toEqual([2]);
});

test("a message that has been taken does not come back", async () => {
  const messages = make();
  const iterator = messages[Symbol.asyncIterator]();
  const waiting = iterator.next();
  push(messages, 1, 2);
  expect(await mid(waiting)).toBe(1);
  await iterator.return();
  expect(await drain(messages)).toEqual([2]);
});

test("a loop that is left with a message that it has waited for keeps it", async () => {
  const messages = make();
  const seen: number[] = [];
  const loop = (async () => {
    for await (const each of messages) if (seen.push(each.mid) === 2) break;
  })();
  push(messages, 1);
  await new Promise(setImmediate);
  push(messages, 2, 3);
  await loop;
  expect(seen).toEqual([1, 2]);
  expect(await drain(messages)).toEqual([3]);
});

test("a stream that is destroyed by the handler of a message keeps that", async () => {
  const messages = make();
  const stream = Readable.from(messages);
  const seen: number[] = [];
  stream.on("data", (each: Message) => {
    seen.push(each.mid);
    stream.destroy();
  });
  await new Promise(setImmediate);
  push(messages, 1, 2);
  await new Promise((resolve) => stream.once("close", resolve));
  expect(seen).toEqual([1]);
  expect(await drain(messages)).toEqual([2]);
});

test("a message that waits for its turn goes back", async () => {
  const messages = make();
  push(messages, ...Array.from({ length: 1024 }, (_, each) => each));
  const taken = Promise.all(Array.from({ length: 1024 }, () => messages.next()));
  const iterator = messages[Symbol.asyncIterator]();
  const waiting = iterator.next();
  push(messages, 7);
  await iterator.return();
  expect(await waiting).toEqual(DONE);
  expect(await drain(messages)).toEqual([7]);
  await taken;
});

test("a message that goes back is given to whoever waits", async () => {
  const messages = make();
  const iterator = messages[Symbol.asyncIterator]();
  void iterator.next();
  const behind = messages.next();
  push(messages, 1);
  void iterator.return();
  expect(await mid(behind)).toBe(1);
});

test("messages go back in the order in which they were given, whoever is left first", async () => {
  const messages = make();
  const [one, other] = [messages[Symbol.asyncIterator](), messages[Symbol.asyncIterator]()];
  for (const iterator of [one, other, one]) void iterator.next();
  push(messages, 1, 2, 3, 4);
  void one.return();
  void other.return();
  expect(await drain(messages)).toEqual([1, 2, 3, 4]);
});

test.each<[string, MessageQueueType]>([
  ["FifoQueue", FifoQueue],
  ["LifoQueue", LifoQueue],
  ["PriorityQueue", PriorityQueue.by((a, b) => b.mid - a.mid)],
])("a message that goes back is the next one: %s", async (_name, queueType) => {
  const messages = make({ queueType });
  const iterator = messages[Symbol.asyncIterator]();
  void iterator.next();
  push(messages, 1, 2, 3);
  void iterator.return();
  const [first, ...others] = await drain(messages);
  expect(first).toBe(1);
  expect(others.toSorted()).toEqual([2, 3]);
});

test("a message that goes back has its place in a queue with a limit", async () => {
  const messages = make({ limit: 2 });
  const iterator = messages[Symbol.asyncIterator]();
  void iterator.next();
  push(messages, 1, 2);
  void iterator.return();
  push(messages, 3);
  expect(messages.dropped).toBe(1);
  expect(await drain(messages)).toEqual([1, 2]);
});

test("a message that goes back is the oldest one", async () => {
  const messages = make({ limit: 2, overflow: "drop-oldest", queueType: LifoQueue });
  const iterator = messages[Symbol.asyncIterator]();
  void iterator.next();
  push(messages, 1, 2);
  void iterator.return();
  push(messages, 3);
  expect(messages.dropped).toBe(1);
  expect(await drain(messages)).toEqual([3, 2]);
});

test("a message that goes back after the end is still delivered", async () => {
  const messages = make();
  const iterator = messages[Symbol.asyncIterator]();
  void iterator.next();
  push(messages, 1);
  messages.end(undefined);
  void iterator.return();
  expect(await drain(messages)).toEqual([1]);
  expect(await messages.next()).toEqual(DONE);
});
