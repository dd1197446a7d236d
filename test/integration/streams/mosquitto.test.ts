// Streams beside a real broker, which sends one copy of a message for each overlapping subscription.

import { describe, expect, test } from "vitest";
import { Client, type Message, type MessageStream, ProtocolVersion } from "../../../lib/index.ts";
import { startMosquitto } from "../../support/mosquitto.ts";

const PROTOCOLS = [ProtocolVersion.V311, ProtocolVersion.V5];

async function take(stream: MessageStream, count: number): Promise<string[]> {
  const texts: string[] = [];
  while (texts.length < count) {
    const { value } = await stream.next({ timeout: 5 });
    if (value === undefined) throw new Error("the stream has ended");
    texts.push(value.text());
  }
  return texts;
}

const textOf = (message: Message | undefined) => message?.text();

describe.each(PROTOCOLS)("MQTT level %s", (protocol) => {
  test("streams and client.messages get their own messages", async () => {
    await using broker = await startMosquitto();
    await using client = await Client.connect("127.0.0.1", broker.port, { protocol });
    await client.subscribe("plain/#", { qos: 1 });
    await using alarms = await client.stream("plant/+/alarm", { qos: 1 });
    await using states = await client.stream(["plant/a/state", "plant/b/state"], { qos: 2 });
    expect(alarms.filters).toEqual(["plant/+/alarm"]);
    expect(alarms.reasonCodes.map(({ value }) => value)).toEqual([1]);
    expect(states.reasonCodes.map(({ value }) => value)).toEqual([2, 2]);
    await client.publish("plant/a/alarm", "1", { qos: 1 });
    await client.publish("plant/b/state", "2", { qos: 2 });
    await client.publish("plain/a", "3", { qos: 1 });
    expect(await take(alarms, 1)).toEqual(["1"]);
    expect(await take(states, 1)).toEqual(["2"]);
    const { value } = await client.messages.next({ timeout: 5 });
    expect(textOf(value)).toBe("3");
    expect(value?.properties).toBeUndefined();
    expect(client.statistics.messagesReceived).toBe(3);
    expect([alarms.length, states.length, client.messages.length]).toEqual([0, 0, 0]);
  });

  test("streams of one filter share a subscription, and the last one unsubscribes", async () => {
    await using broker = await startMosquitto();
    await using client = await Client.connect("127.0.0.1", broker.port, { protocol });
    const one = await client.stream("a/#", { qos: 1 });
    const other = await client.stream(["a/#", ["b", 2]], { qos: 1 });
    expect(other.reasonCodes.map(({ value }) => value)).toEqual([1, 2]);
    await expect(client.stream("a/#", { qos: 2 })).rejects.toThrow(/qos \(2, not 1\)/);
    await client.publish("a/1", "1", { qos: 1 });
    expect([await take(one, 1), await take(other, 1)]).toEqual([["1"], ["1"]]);
    await one.unsubscribe();
    expect(await one.closed).toBeUndefined();
    await client.publish("a/1", "2", { qos: 1 });
    expect(await take(other, 1)).toEqual(["2"]);
    expect(await one.next()).toEqual({ value: undefined, done: true });
    await other.unsubscribe();
    await client.publish("a/1", "3", { qos: 1 });
    await client.publish("b", "4", { qos: 1 });
    expect(client.messages.length).toBe(0);
    expect(client.statistics.messagesReceived).toBe(2);
  });
});

test("a stream gets one of the copies of a message for overlapping subscriptions", async () => {
  await using broker = await startMosquitto();
  await using client = await Client.connect("127.0.0.1", broker.port, { protocol: ProtocolVersion.V5 });
  await client.publish("a/b", "kept", { qos: 1, retain: true });
  await using all = await client.stream(["a/#", "a/b", "a/+", "other"], { qos: 1 });
  await using one = await client.stream("a/b", { qos: 1 });
  await using program = await client.stream(["a/b/#"], { qos: 1, properties: { subscriptionIdentifier: 7 } });
  for (let count = 0; count < 100; count++) await client.publish("a/b", `${count}`, { qos: 1 });
  await client.publish("other", "end", { qos: 1 });
  await client.publish("a/b", "end", { qos: 1 });
  const expected = Array.from({ length: 100 }, (_, count) => `${count}`);
  expect(await take(all, 103)).toEqual(["kept", ...expected, "end", "end"]);
  expect(await take(one, 101)).toEqual([...expected, "end"]);
  const messages = [];
  while (program.length > 0) messages.push((await program.next()).value);
  expect(messages).toHaveLength(102);
  expect(new Set(messages.map((each) => JSON.stringify(each?.properties)))).toEqual(
    new Set(['{"subscriptionIdentifiers":[7]}']),
  );
  expect([all.length, one.length, client.messages.length]).toEqual([0, 0, 0]);
});

test("a filter that client.subscribe has stays when its stream ends, and the other way round", async () => {
  await using broker = await startMosquitto();
  await using client = await Client.connect("127.0.0.1", broker.port, { protocol: ProtocolVersion.V5 });
  await client.subscribe("a", { qos: 1 });
  const stream = await client.stream("a", { qos: 1 });
  await client.publish("a", "1", { qos: 1 });
  expect(await take(stream, 1)).toEqual(["1"]);
  expect(textOf((await client.messages.next({ timeout: 5 })).value)).toBe("1");
  expect((await client.unsubscribe("a")).map(({ value }) => value)).toEqual([0]);
  await client.publish("a", "2", { qos: 1 });
  expect(await take(stream, 1)).toEqual(["2"]);
  expect((await client.subscribe("a", { qos: 1 })).map(({ value }) => value)).toEqual([1]);
  await stream[Symbol.asyncDispose]();
  await client.publish("a", "3", { qos: 1 });
  expect(textOf((await client.messages.next({ timeout: 5 })).value)).toBe("3");
  expect(client.messages.length).toBe(0);
});
