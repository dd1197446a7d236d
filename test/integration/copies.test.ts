// A process may load the package several times, as each test file of Jest does. The copies of the JavaScript share the
// addon. Each copy has its own messages, and takes those of the others.

import { expect, test, vi } from "vitest";
import * as ours from "../../lib/index.ts";
import { takeOne } from "../support/messages.ts";
import { ScriptedBroker } from "../support/scripted-broker.ts";

vi.resetModules();
const other: typeof ours = await import("../../lib/index.ts");
const copies = [ours, other];

const COUNT = 300;

test("each copy has its own messages, whichever was loaded first", async () => {
  await using broker = await ScriptedBroker.serving();
  for (const copy of [...copies, ...copies]) {
    await using client = await copy.Client.connect(broker.url);
    const session = await broker.accept();
    await session.send(session.packets.publish({ topic: "t", payload: "p" }));
    const message = await takeOne(client);
    expect(message.constructor).toBe(copy.Message);
    expect(message.topic.constructor).toBe(copy.Topic);
  }
});

test("clients of both copies receive at the same time", async () => {
  await using broker = await ScriptedBroker.serving();
  const receiving = copies.map(async (copy, index) => {
    await using client = await copy.Client.connect(broker.url, { identifier: `copy ${index}` });
    await client.subscribe("t");
    const texts: string[] = [];
    for await (const message of client.messages) {
      expect(message.topic.constructor).toBe(copy.Topic);
      if (texts.push(`${message.topic} ${message.text()}`) === COUNT) break;
    }
    return texts;
  });
  const sessions = await Promise.all(copies.map(() => broker.accept()));
  await Promise.all(sessions.map((session) => session.waitFor("SUBSCRIBE")));
  const numbers = Array.from({ length: COUNT }, (_, index) => index);
  // The topics repeat: each copy has a cache of its own for them.
  for (const number of numbers)
    for (const [index, session] of sessions.entries())
      void session.send(
        session.packets.publish({ topic: `t/${index}/${number % 5}`, payload: String(number) }),
      );
  const received = await Promise.all(receiving);
  const expected = (index: number) => numbers.map((number) => `t/${index}/${number % 5} ${number}`);
  expect(received.map((texts) => texts[0]?.[2]).toSorted()).toEqual(["0", "1"]);
  for (const texts of received) expect(texts).toEqual(expected(Number(texts[0]?.[2])));
});

test("each copy takes the topics, filters and wills of the other", async () => {
  await using broker = await ScriptedBroker.serving();
  for (const [one, another] of [copies, copies.toReversed()] as [typeof ours, typeof ours][]) {
    const will = new another.Will({ topic: "will" });
    await using client = await one.Client.connect(broker.url, { will });
    const session = await broker.accept();
    expect(session.received[0]).toMatchObject({ type: "CONNECT", will: { topic: "will" } });
    await client.publish(new another.Topic("t"), "", { qos: 1 });
    await client.subscribe([new another.Wildcard("a/#"), [new another.Topic("b"), 1]]);
    await client.unsubscribe(new another.Wildcard("a/#"));
    const { subscriptions } = await session.waitFor("SUBSCRIBE");
    expect(subscriptions.map(({ filter }) => filter)).toEqual(["a/#", "b"]);
    await expect(client.connect()).rejects.toBeInstanceOf(another.MqttReentrantError);
  }
});
