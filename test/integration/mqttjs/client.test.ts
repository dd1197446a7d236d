// MQTT.js's interface on mosquitto, and beside MQTT.js itself.

import theirs from "mqtt";
import { describe, expect, test } from "vitest";
import ours from "../../../lib/mqttjs/index.ts";
import { eventually } from "../../support/eventually.ts";
import { KilledMosquitto } from "../../support/killed-mosquitto.ts";
import { startMosquitto } from "../../support/mosquitto.ts";
import { emitted } from "../../support/mqttjs.ts";

type Client = ReturnType<typeof theirs.connect>;
type Connect = (url: string, options?: object) => Client;

/** Both modules; a program cannot tell them apart. */
const MODULES: [name: string, connect: Connect][] = [
  ["MQTT.js", (url, options) => theirs.connect(url, options)],
  ["this package", (url, options) => ours.connect(url, options) as unknown as Client],
];

const EVENTS = ["connect", "reconnect", "close", "offline", "error", "end", "disconnect"] as const;

/** Records the events of a client, with its flags. */
function recorded(client: Client): string[] {
  const events: string[] = [];
  for (const event of EVENTS)
    client.on(event, () => {
      const { connected, reconnecting, disconnecting } = client;
      const flags = Object.entries({ connected, reconnecting, disconnecting })
        .filter(([, isSet]) => isSet)
        .map(([name]) => name);
      events.push([event, ...flags].join(" "));
    });
  return events;
}

const ended = (client: Client, force = false): Promise<void> => client.endAsync(force);

describe.each(MODULES)("with %s", (_name, connect) => {
  test.each([4, 5])(
    "the packets of callbacks and of messages are those of protocol version %i",
    async (version) => {
      await using broker = await startMosquitto();
      const client = connect(broker.url, { protocolVersion: version });
      const [connack] = await emitted(client, "connect");
      expect(connack).toMatchObject({ cmd: "connack", sessionPresent: false });
      const granted = await new Promise((resolve) => {
        client.subscribe({ "a/#": { qos: 2 }, "b/+": { qos: 1 } }, (...results) => resolve(results));
      });
      expect(granted).toMatchObject([
        null,
        [
          { topic: "a/#", qos: 2 },
          { topic: "b/+", qos: 1 },
        ],
        { cmd: "suback", granted: [2, 1] },
      ]);
      for (const qos of [0, 1, 2] as const) {
        const message = emitted(client, "message");
        const result = await new Promise((resolve) => {
          client.publish("a/x", `qos ${qos}`, { qos, retain: false }, (...results) => resolve(results));
        });
        if (qos === 0) expect(result).toEqual([]);
        if (qos === 1)
          expect(result).toMatchObject([null, { cmd: "publish", topic: "a/x", payload: "qos 1", qos: 1 }]);
        if (qos === 2) expect(result).toMatchObject([null, { cmd: "pubrel", qos: 2 }]);
        const [topic, payload, packet] = await message;
        expect([topic, payload.toString()]).toEqual(["a/x", `qos ${qos}`]);
        expect(packet).toMatchObject({ cmd: "publish", topic: "a/x", qos, retain: false, dup: false });
        expect("messageId" in packet).toBe(qos > 0);
      }
      const unsuback = await client.unsubscribeAsync(["a/#", "b/+"]);
      expect(unsuback).toMatchObject({ cmd: "unsuback" });
      await ended(client);
    },
  );

  test("the events of a connection and of its end have one order", async () => {
    await using broker = await startMosquitto();
    const client = connect(broker.url);
    const events = recorded(client);
    await emitted(client, "connect");
    await ended(client);
    expect(events).toEqual(["connect connected", "close disconnecting", "end disconnecting"]);
  });

  test("the events of a refused connection have one order", async () => {
    const client = connect("mqtt://127.0.0.1:9", { reconnectPeriod: 50 });
    const events = recorded(client);
    const [error] = await emitted(client, "error");
    expect(error).toMatchObject({ code: "ECONNREFUSED" });
    await eventually(() => expect(events.length).toBeGreaterThan(5));
    await ended(client, true);
    expect(events.slice(0, 6)).toEqual([
      "error",
      "offline",
      "close reconnecting",
      "reconnect reconnecting",
      "error reconnecting",
      "close reconnecting",
    ]);
  });

  test("the events of a broker that is killed and started again have one order", async () => {
    await using broker = await KilledMosquitto.start({ persistence: false });
    const client = connect(broker.url, { reconnectPeriod: 30 });
    const events = recorded(client);
    await emitted(client, "connect");
    const received: string[] = [];
    client.on("message", (topic, payload) => received.push(`${topic} ${payload}`));
    await client.subscribeAsync("t", { qos: 1 });
    await broker.kill();
    if (client.connected) await emitted(client, "close");
    const offline = [
      client.publishAsync("t", "first", { qos: 1 }),
      client.publishAsync("t", "second", { qos: 2 }),
    ];
    expect(client.connected).toBe(false);
    await broker.restart();
    await emitted(client, "connect");
    await Promise.all(offline);
    await client.publishAsync("t", "third", { qos: 1 });
    await eventually(() => expect(received).toContain("t third"));
    await ended(client);
    expect(events.filter((event) => !event.startsWith("error")).slice(0, 3)).toEqual([
      "connect connected",
      "offline connected".replace(" connected", events[1] === "offline connected" ? " connected" : ""),
      "close reconnecting",
    ]);
    expect(events.filter((event) => event === "connect connected")).toHaveLength(2);
  });

  test("messages and subscriptions of a client that is not connected yet follow its connection", async () => {
    await using broker = await startMosquitto();
    const client = connect(broker.url);
    const message = emitted(client, "message");
    client.subscribe("early");
    client.publish("early", "bird");
    expect(client.queue).toHaveLength(2);
    const [topic, payload] = await message;
    expect(`${topic} ${payload}`).toBe("early bird");
    expect(client.queue).toHaveLength(0);
    await ended(client);
  });

  test("a client without queueQoSZero tells that there is no connection", async () => {
    const client = connect("mqtt://127.0.0.1:9", { queueQoSZero: false });
    const failed = new Promise((resolve) => client.publish("t", "m", resolve));
    expect(await failed).toMatchObject({ message: "No connection to broker" });
    await ended(client, true);
  });

  test("a message that is removed tells its callback", async () => {
    const client = connect("mqtt://127.0.0.1:9");
    const failed = new Promise((resolve) => client.publish("t", "m", { qos: 1 }, resolve));
    client.removeOutgoingMessage(client.getLastMessageId());
    expect(await failed).toMatchObject({ message: "Message removed" });
    await ended(client, true);
  });

  test("calls after the end of a client fail", async () => {
    await using broker = await startMosquitto();
    const client = connect(broker.url);
    await emitted(client, "connect");
    await ended(client);
    const failed = new Promise((resolve) => client.publish("t", "m", resolve));
    expect(await failed).toMatchObject({ message: "client disconnecting" });
    const invalid = new Promise((resolve) => client.subscribe("a/#/b", resolve));
    expect(await invalid).toMatchObject({ message: "Invalid topic a/#/b" });
  });

  test("properties of MQTT 5 reach the subscriber", async () => {
    await using broker = await startMosquitto();
    const client = connect(broker.url, { protocolVersion: 5 });
    await client.subscribeAsync("t", { qos: 1, properties: { subscriptionIdentifier: 7 } });
    const message = emitted(client, "message");
    client.publish("t", "m", {
      properties: {
        payloadFormatIndicator: true,
        contentType: "text/plain",
        responseTopic: "r",
        correlationData: Buffer.from("c"),
        userProperties: { one: "1", many: ["2", "3"] },
      },
    });
    const [, , packet] = await message;
    expect(packet.properties).toEqual({
      payloadFormatIndicator: true,
      contentType: "text/plain",
      responseTopic: "r",
      correlationData: Buffer.from("c"),
      userProperties: expect.objectContaining({ one: "1", many: ["2", "3"] }),
      subscriptionIdentifier: 7,
    });
    await ended(client);
  });

  test("reconnect after the end connects again", async () => {
    await using broker = await startMosquitto();
    const client = connect(broker.url);
    await emitted(client, "connect");
    client.end(() => client.reconnect());
    await emitted(client, "connect");
    expect(client.connected).toBe(true);
    await ended(client);
  });

  test("a message is handled before the next one is emitted", async () => {
    await using broker = await startMosquitto();
    const client = connect(broker.url);
    await client.subscribeAsync("t", { qos: 1 });
    const steps: string[] = [];
    client.handleMessage = (packet, callback) => {
      steps.push(`handle ${packet.payload}`);
      setImmediate(() => {
        steps.push(`done ${packet.payload}`);
        callback();
      });
    };
    client.on("message", (_topic, payload) => steps.push(`message ${payload}`));
    for (const payload of ["1", "2"]) client.publish("t", payload, { qos: 1 });
    await eventually(() => expect(steps).toHaveLength(6));
    expect(steps).toEqual(["message 1", "handle 1", "done 1", "message 2", "handle 2", "done 2"]);
    await ended(client);
  });
});
