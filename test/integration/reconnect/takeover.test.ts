import { setTimeout as delay } from "node:timers/promises";
import { expect, test } from "vitest";
import { Client, ProtocolVersion } from "../../../lib/index.ts";
import { startMosquitto } from "../../support/mosquitto.ts";
import { ScriptedBroker } from "../../support/scripted-broker.ts";

// Two clients with one identifier.

test("a client that is told of its takeover ends", async () => {
  await using broker = await ScriptedBroker.serving({
    CONNECT: (_packet, session) => {
      const before = broker.sessions.at(-2);
      if (before !== undefined) {
        before.send(before.packets.disconnect({ reasonCode: 0x8e }));
        before.end();
      }
      session.send(session.packets.connack());
    },
  });
  const options = { protocol: ProtocolVersion.V5, identifier: "same", reconnect: true };
  const first = await Client.connect(broker.url, options);
  await using second = await Client.connect(broker.url, options);
  expect(await first.closed).toMatchObject({ code: "CONNECTION_LOST", reasonCode: { value: 0x8e } });
  expect(first.state).toBe("disconnected");
  await second.publish("t", "", { qos: 1 });
  expect(broker.sessions).toHaveLength(2);
});

// Mosquitto closes the connection without a DISCONNECT, also on MQTT 5.
test.each([ProtocolVersion.V311, ProtocolVersion.V5])(
  "clients of version %i that are not told of takeovers slow down",
  async (protocol) => {
    await using broker = await startMosquitto();
    const options = { protocol, identifier: "same", reconnect: { minDelay: 0.05, maxDelay: 5 } };
    const clients = await Promise.all([1, 2].map(() => Client.connect(broker.url, options)));
    const delays: number[] = [];
    const watching = clients.map(async (client) => {
      for await (const event of client.connectionEvents()) {
        if (event.state === "reconnecting") delays.push(event.delay);
        if (event.state === "disconnected") return;
      }
    });
    await delay(3000);
    const connects = clients.map((client) => client.statistics.connects);
    await Promise.all(clients.map((client) => client.disconnect()));
    await Promise.all(watching);
    expect(Math.max(...delays)).toBeGreaterThan(0.2);
    for (const count of connects) expect(count).toBeLessThan(25);
  },
);
