// Clients with the interface of MQTT.js: the ends of their processes, threads and objects.

import { expect, test } from "vitest";
import { AT_ONCE, runChild } from "../../support/child.ts";
import { politeAnswers } from "../../support/scripted-answers.ts";
import { ScriptedBroker } from "../../support/scripted-broker.ts";

/** A broker that echoes the topic "traffic", and resets the connection of a client that asks for it. */
const startBroker = () =>
  ScriptedBroker.serving({
    PUBLISH: (packet, session) => {
      politeAnswers.PUBLISH(packet, session);
      if (packet.topic === "please/reset") session.reset();
      if (packet.topic !== "traffic") return;
      const { topic, payload, packetId } = packet;
      session.send(session.packets.publish({ topic, payload, packetId, qos: packet.qos > 0 ? 1 : 0 }));
    },
  });

test.each<[name: string, code?: number, stderr?: RegExp]>([
  ["process.exit() while connecting", 7],
  ["an exception in a listener", 1, /Error: on purpose/],
  ["end(true)"],
  ["end() before it is connected"],
  ["end() while it reconnects"],
  ["a lost connection without reconnecting"],
  ["workers terminated with traffic"],
  ["workers terminated at any moment"],
])("with MQTT.js's interface a process ends at once after %s", async (name, code = 0, stderr = /^$/) => {
  await using broker = await startBroker();
  const ended = await runChild("mqttjs-lifetime.mjs", [name, broker.url]);
  const output = expect.stringMatching(stderr);
  expect(ended).toMatchObject({ code, signal: null, lines: ["ending"], stderr: output });
  expect(ended.afterLastLine).toBeLessThan(AT_ONCE);
});

test.each(["ended by force", "lost without reconnecting"])(
  "with MQTT.js's interface unreferenced clients are collected: %s",
  async (name) => {
    await using broker = await startBroker();
    const ended = await runChild("mqttjs-lifetime.mjs", [`garbage: ${name}`, broker.url], ["--expose-gc"]);
    expect(ended).toMatchObject({ code: 0, signal: null, lines: ["ending"], stderr: "" });
  },
);
