// A program's own code runs inside the client: it may throw, block or call the client again.

import { expect, test } from "vitest";
import { type Client, FifoQueue, type Message } from "../../lib/index.ts";
import { connected } from "../support/connected.ts";
import { eventually } from "../support/eventually.ts";
import { takeOne } from "../support/messages.ts";

const send = (all: Awaited<ReturnType<typeof connected>>, ...texts: string[]) =>
  all.session.send(...texts.map((payload) => all.session.packets.publish({ topic: "t", payload })));

test("a logger that throws disturbs neither messages nor calls", async () => {
  const angry = () => {
    throw new Error("on purpose");
  };
  const logger = { debug: angry, info: angry, warn: angry, error: angry };
  await using all = await connected({}, { logger, maxQueuedIncomingMessages: 1 });
  await send(all, "1", "2", "3");
  await all.client.publish("t", "p", { qos: 2 });
  expect((await takeOne(all.client)).text()).toBe("1");
});

test("a queue that throws loses only the message that it refused", async () => {
  class Angry extends FifoQueue<Message> {
    override push(message: Message): void {
      if (message.text() === "2") throw new Error("on purpose");
      super.push(message);
    }
  }
  await using all = await connected({}, { queueType: Angry });
  await send(all, "1", "2", "3");
  await eventually(() => expect(all.client.statistics.messagesReceived).toBe(3));
  await expect(all.client.messages.next()).rejects.toThrow("on purpose");
  expect((await takeOne(all.client)).text()).toBe("1");
  expect((await takeOne(all.client)).text()).toBe("3");
});

test("calls from within a logger settle, and leave nothing pending", async () => {
  const calls: Promise<unknown>[] = [];
  const clients: Client[] = [];
  const busy = () => {
    for (const client of clients) calls.push(client.publish("t", "from within", { qos: 1 }));
    if (calls.length > 20) for (const client of clients) calls.push(client.disconnect({ timeout: 0 }));
  };
  const logger = { debug: () => {}, info: busy, warn: busy, error: busy };
  await using all = await connected({}, { logger, maxQueuedIncomingMessages: 1 });
  clients.push(all.client);
  all.client.pendingCallsThreshold = 0;
  await send(all, "1", "2", "3", "4");
  await Promise.allSettled([all.client.publish("t", "p", { qos: 1 }), ...calls]);
  await all.client.disconnect({ timeout: 0 });
  await Promise.allSettled(calls);
  expect(all.client.statistics).toMatchObject({ pendingCalls: 0, inflight: 0 });
});
