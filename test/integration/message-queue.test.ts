import { expect, test } from "vitest";
import {
  Client,
  type ClientOptions,
  FifoQueue,
  LifoQueue,
  type Message,
  MqttError,
  PriorityQueue,
} from "../../lib/index.ts";
import { type Connected, connected } from "../support/connected.ts";
import { eventually } from "../support/eventually.ts";
import { take, takeOne } from "../support/messages.ts";
import { RecordingLogger } from "../support/recording-logger.ts";

/** Sends these messages, and waits until the client has received them. */
async function deliver({ client, session }: Connected, texts: string[]): Promise<void> {
  const before = client.statistics.messagesReceived;
  await session.send(...texts.map((payload) => session.packets.publish({ topic: "t", payload })));
  await eventually(() => expect(client.statistics.messagesReceived).toBe(before + texts.length));
}

async function texts(client: Client, count: number): Promise<string[]> {
  return (await take(client, count)).map((message) => message.text());
}

const limited = (options: ClientOptions) => connected({}, { maxQueuedIncomingMessages: 3, ...options });

test.each([
  ["FifoQueue, drop-newest", FifoQueue, "drop-newest", ["1", "2", "3"]],
  ["FifoQueue, drop-oldest", FifoQueue, "drop-oldest", ["3", "4", "5"]],
  ["LifoQueue, drop-newest", LifoQueue, "drop-newest", ["3", "2", "1"]],
  ["LifoQueue, drop-oldest", LifoQueue, "drop-oldest", ["5", "4", "3"]],
  ["PriorityQueue, drop-newest", PriorityQueue.by(backwards), "drop-newest", ["3", "2", "1"]],
  ["PriorityQueue, drop-oldest", PriorityQueue.by(backwards), "drop-oldest", ["5", "4", "3"]],
] as const)("a full queue keeps the right messages: %s", async (_name, queueType, overflow, kept) => {
  const logger = new RecordingLogger();
  await using all = await limited({ queueType, overflow, logger });
  await deliver(all, ["1", "2", "3", "4", "5"]);
  expect(all.client.statistics).toMatchObject({ messagesReceived: 5, messagesDropped: 2, queuedIncoming: 3 });
  expect(logger.warnings).toHaveLength(1);
  expect(await texts(all.client, 3)).toEqual(kept);
  expect(all.client.statistics).toMatchObject({ messagesDropped: 2, queuedIncoming: 0 });
});

function backwards(a: Message, b: Message): number {
  return Number(b.text()) - Number(a.text());
}

test("a message in a full queue does not keep the memory of a flood", async () => {
  await using all = await limited({ maxQueuedIncomingMessages: 2 });
  await deliver(all, ["1", "2", "3"]);
  for (let round = 0; round < 5; round++) {
    await take(all.client, 1);
    await deliver(
      all,
      Array.from({ length: 200 }, (_, index) => String(index).padEnd(1_000)),
    );
  }
  await take(all.client, 1);
  const kept = await takeOne(all.client);
  expect(kept.text().trimEnd()).toBe("0");
  expect(kept.payload.buffer.byteLength).toBeLessThanOrEqual(Buffer.poolSize);
});

test("a queue without a limit drops nothing", async () => {
  await using all = await connected();
  const many = Array.from({ length: 5_000 }, (_, index) => String(index));
  await deliver(all, many);
  expect(all.client.statistics.messagesDropped).toBe(0);
  expect(await texts(all.client, 5_000)).toEqual(many);
});

test("waiting consumers get messages beyond the limit of the queue", async () => {
  await using all = await limited({ maxQueuedIncomingMessages: 1 });
  const waiting = Promise.all([takeOne(all.client), takeOne(all.client), takeOne(all.client)]);
  await deliver(all, ["1", "2", "3", "4"]);
  expect((await waiting).map((message) => message.text())).toEqual(["1", "2", "3"]);
  expect(all.client.statistics).toMatchObject({ messagesDropped: 0, queuedIncoming: 1 });
});

test("a full queue is logged once, and again after it had room", async () => {
  const logger = new RecordingLogger();
  await using all = await limited({ logger });
  await deliver(all, ["1", "2", "3", "4", "5", "6"]);
  expect(logger.warnings).toEqual(["Message queue is full. Discarding message."]);
  await take(all.client, 3);
  await deliver(all, ["7", "8", "9", "10"]);
  expect(logger.warnings).toHaveLength(2);
  expect(all.client.statistics.messagesDropped).toBe(4);
});

test("the constructor of a queue gets the limit, or Infinity", () => {
  const limits: number[] = [];
  class Recorded extends FifoQueue {
    constructor(limit: number) {
      super(limit);
      limits.push(limit);
    }
  }
  new Client("localhost", { queueType: Recorded });
  new Client("localhost", { queueType: Recorded, maxQueuedIncomingMessages: 7 });
  expect(limits).toEqual([Number.POSITIVE_INFINITY, 7]);
});

test("a queue of the program's own gets every message, even when consumers wait", async () => {
  /** Keeps only the latest message. */
  class Latest {
    #message: Message | undefined;
    get length() {
      return this.#message === undefined ? 0 : 1;
    }
    push(message: Message) {
      this.#message = message;
    }
    shift() {
      const message = this.#message;
      this.#message = undefined;
      return message;
    }
  }
  await using all = await connected({}, { queueType: Latest });
  const first = takeOne(all.client);
  await deliver(all, ["1", "2", "3", "4"]);
  expect((await first).text()).toBe("1");
  expect(await texts(all.client, 1)).toEqual(["4"]);
  expect(all.client.messages.length).toBe(0);
});

/** Throws on pushing "bad", and on shifting "stuck" for the first time. */
class Fragile extends FifoQueue {
  #stuck = true;
  override push(message: Message): void {
    if (message.text() === "bad") throw new Error("refused");
    super.push(message);
  }
  override shift(): Message | undefined {
    const message = super.shift();
    if (message?.text() === "stuck" && this.#stuck) {
      this.#stuck = false;
      throw new Error("stuck");
    }
    return message;
  }
}

test("a queue that throws on push loses only that message, and the next call rejects", async () => {
  const logger = new RecordingLogger();
  await using all = await connected({}, { queueType: Fragile, logger });
  await deliver(all, ["1", "bad", "2", "bad", "3"]);
  expect(all.client.statistics).toMatchObject({ messagesDropped: 2, queuedIncoming: 3 });
  await expect(all.client.messages.next()).rejects.toThrow("refused");
  expect(await texts(all.client, 3)).toEqual(["1", "2", "3"]);
  expect(logger.lines).toContain("error: The message queue failed: refused");
  expect(all.client.connected).toBe(true);
});

test("a waiting consumer rejects at once when the queue throws", async () => {
  await using all = await connected({}, { queueType: Fragile });
  const waiting = expect(all.client.messages.next()).rejects.toThrow("refused");
  const next = all.client.messages.next();
  await deliver(all, ["bad", "1"]);
  await waiting;
  expect((await next).value?.text()).toBe("1");
});

test("a queue that throws on shift rejects only that call", async () => {
  await using all = await connected({}, { queueType: Fragile });
  await deliver(all, ["stuck", "1"]);
  await expect(all.client.messages.next()).rejects.toThrow("stuck");
  expect(await texts(all.client, 1)).toEqual(["1"]);
});

test("a queue that throws does not affect another client's queue", async () => {
  await using broken = await connected({}, { queueType: Fragile });
  await using sound = await connected();
  await Promise.all([deliver(broken, Array(50).fill("bad")), deliver(sound, Array(50).fill("good"))]);
  expect(await texts(sound.client, 50)).toEqual(Array(50).fill("good"));
  await broken.client.publish("t", "p", { qos: 1 });
  expect(broken.client.statistics.messagesDropped).toBe(50);
});

test("messages in a queue of any class are delivered after the connection is lost", async () => {
  await using all = await connected({}, { queueType: LifoQueue });
  await deliver(all, ["1", "2"]);
  all.session.destroy();
  await all.client.closed;
  expect(await texts(all.client, 2)).toEqual(["2", "1"]);
  await expect(all.client.messages.next()).rejects.toBeInstanceOf(MqttError);
});

test.each([
  ["queueType", 7],
  ["queueType", class {}],
  ["queueType", Array.bind(null, 3)],
  ["overflow", "drop"],
  ["maxQueuedIncomingMessages", "3"],
  ["maxQueuedIncomingMessages", 0],
  ["maxQueuedIncomingMessages", -1],
  ["maxQueuedIncomingMessages", 1.5],
  ["maxQueuedIncomingMessages", Number.NaN],
])("the option %s with the value %s is refused", (name, value) => {
  const make = () => new Client("localhost", { [name]: value } as ClientOptions);
  expect(make).toThrow(name);
  expect(make).toThrow(/^(?!.*undefined)/);
});
