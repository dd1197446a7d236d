// Every event of a client is published once and in order.

import { subscribe, unsubscribe } from "node:diagnostics_channel";
import { afterEach, expect, test } from "vitest";
import {
  Client,
  type ConnectEvent,
  type DisconnectEvent,
  type MessageReceivedEvent,
  ProtocolVersion,
  type PublishEvent,
  type SubscribeEvent,
} from "../../../lib/index.ts";
import { connected } from "../../support/connected.ts";
import { eventually } from "../../support/eventually.ts";
import { takeOne } from "../../support/messages.ts";
import { decodeProperties } from "../../support/properties.ts";
import { reconnecting } from "../../support/reconnecting.ts";
import { ScriptedBroker } from "../../support/scripted-broker.ts";

const cleanUps: (() => void)[] = [];
afterEach(() => {
  for (const cleanUp of cleanUps.splice(0)) cleanUp();
});

function observe<Event>(channel: string, receive: (event: Event) => void): void {
  const subscriber = (event: unknown) => receive(event as Event);
  subscribe(channel, subscriber);
  cleanUps.push(() => unsubscribe(channel, subscriber));
}

const codeOf = (error: unknown): string => String((error as { code?: string } | undefined)?.code);

/** Records the events of all channels as short texts. `clients` has the client of each. */
function record(): { events: string[]; clients: Set<unknown> } {
  const events: string[] = [];
  const clients = new Set<unknown>();
  const add = (client: unknown, text: string) => {
    clients.add(client);
    events.push(text);
  };
  for (const step of ["start", "end", "asyncStart", "asyncEnd", "error"]) {
    const name = (call: string) => `tracing:mqtt-native:${call}:${step}`;
    observe<ConnectEvent>(name("connect"), ({ client, isReconnect, error }) =>
      add(client, `${isReconnect ? "reconnect" : "connect"} ${step}${error ? ` ${codeOf(error)}` : ""}`),
    );
    observe<PublishEvent>(name("publish"), ({ client, topic, error }) =>
      add(client, `publish ${topic} ${step}${error ? ` ${codeOf(error)}` : ""}`),
    );
    observe<SubscribeEvent>(name("subscribe"), ({ client, filters, error }) =>
      add(client, `subscribe ${filters} ${step}${error ? ` ${codeOf(error)}` : ""}`),
    );
  }
  observe<MessageReceivedEvent>("mqtt-native:message", ({ client, message }) =>
    add(client, `message ${message.topic}`),
  );
  observe<DisconnectEvent>("mqtt-native:disconnect", ({ client, error }) =>
    add(client, `disconnect ${codeOf(error)}`),
  );
  return { events, clients };
}

const steps = (call: string) => ["start", "end", "asyncStart", "asyncEnd"].map((step) => `${call} ${step}`);
const failedSteps = (call: string, code: string) => [
  ...["start", "end"].map((step) => `${call} ${step}`),
  ...["error", "asyncStart", "asyncEnd"].map((step) => `${call} ${step} ${code}`),
];

test("the life of a client has each event once and in order", async () => {
  const { events, clients } = record();
  await using all = await connected();
  const { client, session } = all;
  await client.subscribe(["a", "b/#"]);
  await client.publish("p0", "x");
  await client.publish("p1", "x", { qos: 1 });
  await session.send(session.packets.publish({ topic: "m" }));
  await takeOne(client);
  await client.disconnect();
  expect(events).toEqual([
    ...steps("connect"),
    ...steps("subscribe a,b/#"),
    ...steps("publish p0"),
    ...steps("publish p1"),
    "message m",
    "disconnect undefined",
  ]);
  expect([...clients]).toEqual([client]);
});

test("each loss and each attempt has its events, and a publish over two connections has one", async () => {
  const { events } = record();
  await using all = await reconnecting({ identifier: "me" });
  const { client } = all;
  const publish = client.publish("p", "x", { qos: 1 });
  await all.session.waitFor("PUBLISH");
  all.session.reset();
  const refused = await all.broker.accept();
  await refused.receive("CONNECT");
  refused.end();
  const next = await all.next({ sessionPresent: true });
  // The message arrives right behind the CONNACK.
  await next.send(next.packets.publish({ topic: "m" }));
  const { packetId, dup } = await next.waitFor("PUBLISH");
  expect(dup).toBe(true);
  await next.send(next.packets.puback(packetId));
  await publish;
  await takeOne(client);
  next.serve();
  await client.disconnect();
  expect(events.filter((event) => !event.startsWith("publish"))).toEqual([
    ...steps("connect"),
    "disconnect CONNECTION_LOST",
    ...failedSteps("reconnect", "CONNECTION_LOST"),
    ...steps("reconnect"),
    "message m",
    "disconnect undefined",
  ]);
  expect(events.filter((event) => event.startsWith("publish"))).toEqual(steps("publish p"));
});

test("a connection that ends right behind its CONNACK has its success before its end", async () => {
  const { events } = record();
  await using broker = await ScriptedBroker.start();
  const client = new Client(broker.url, { reconnect: { minDelay: 0, maxDelay: 0.01 } });
  const connecting = client.connect();
  for (let i = 0; i < 3; i++) {
    const session = await broker.accept();
    await session.receive("CONNECT");
    await session.send(session.packets.connack());
    session.end();
  }
  await connecting;
  const count = (event: string) => events.filter((each) => each === event).length;
  await eventually(() => expect(count("disconnect CONNECTION_LOST")).toBe(3));
  await client.disconnect();
  const story = events.filter((event) => /asyncEnd$|^disconnect/.test(event)).slice(0, 6);
  const again = ["reconnect asyncEnd", "disconnect CONNECTION_LOST"];
  expect(story).toEqual(["connect asyncEnd", "disconnect CONNECTION_LOST", ...again, ...again]);
});

test("attempts that fail before they reach a broker have their error", async () => {
  const { events } = record();
  const broker = await ScriptedBroker.start();
  await broker.stop();
  await expect(Client.connect(broker.url)).rejects.toMatchObject({ code: "ECONNREFUSED" });
  expect(events).toEqual(failedSteps("connect", "ECONNREFUSED"));
  events.length = 0;
  const password = () => Promise.reject(new Error("no token"));
  await expect(Client.connect(broker.url, { username: "u", password })).rejects.toThrow("no token");
  expect(events).toEqual(failedSteps("connect", "OPTION_FAILED"));
});

test("calls that reject at once have their events", async () => {
  const { events } = record();
  const client = new Client("127.0.0.1");
  await expect(client.publish("p")).rejects.toMatchObject({ code: "NOT_CONNECTED" });
  await expect(client.subscribe("s")).rejects.toMatchObject({ code: "NOT_CONNECTED" });
  await expect(client.publish("p", "", { qos: 3 as 2 })).rejects.toThrow(RangeError);
  expect(events).toEqual([
    ...failedSteps("publish p", "NOT_CONNECTED"),
    ...failedSteps("subscribe s", "NOT_CONNECTED"),
    ...failedSteps("publish p", "undefined"),
  ]);
});

test("properties that a subscriber assigns are sent, checked like those of the program", async () => {
  observe<PublishEvent>("tracing:mqtt-native:publish:start", (event) => {
    event.properties = {
      ...event.properties,
      userProperties: [["added", event.topic === "bad" ? 5 : "1"]],
    } as never;
  });
  await using all = await connected({}, { protocol: ProtocolVersion.V5 });
  const properties = { contentType: "c" };
  await all.client.publish("p", "x", { qos: 1, properties });
  const packet = await all.session.waitFor("PUBLISH");
  expect(decodeProperties(packet.properties)).toEqual({ contentType: "c", userProperties: [["added", "1"]] });
  expect(properties).toEqual({ contentType: "c" });
  await expect(all.client.publish("bad", "x")).rejects.toThrow(TypeError);
});

test("streams and late acknowledgement have one event for each message and each SUBSCRIBE", async () => {
  const { events } = record();
  await using all = await connected({}, { protocol: ProtocolVersion.V5, acknowledge: "manual" });
  const { client, session } = all;
  const streams = await Promise.all([client.stream("a/#", { qos: 1 }), client.stream("a/+", { qos: 1 })]);
  await session.send(session.packets.publish({ topic: "a/b", qos: 1, packetId: 5 }));
  for (const stream of streams) expect((await stream.next()).value?.acknowledge()).toBe(true);
  expect(events.filter((event) => event.startsWith("message"))).toEqual(["message a/b"]);
  const subscribes = events.filter((event) => event.startsWith("subscribe") && event.endsWith(" asyncEnd"));
  expect(subscribes).toEqual(["subscribe a/# asyncEnd", "subscribe a/+ asyncEnd"]);
});
