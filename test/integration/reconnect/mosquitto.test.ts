import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { Client, type ClientOptions, ProtocolVersion } from "../../../lib/index.ts";
import { eventually } from "../../support/eventually.ts";
import { startMosquitto } from "../../support/mosquitto.ts";
import { QUICK } from "../../support/reconnecting.ts";

// A mosquitto that is stopped, killed and started again.

const VERSIONS: [name: string, options: ClientOptions][] = [
  ["3.1", { protocol: ProtocolVersion.V31, cleanSession: false }],
  ["3.1.1", { protocol: ProtocolVersion.V311 }],
  ["3.1.1 with a session", { protocol: ProtocolVersion.V311, cleanSession: false }],
  ["5", { protocol: ProtocolVersion.V5 }],
];

describe.each(["SIGTERM", "SIGKILL"] as const)("after %s", (signal) => {
  test.each(VERSIONS)("calls and messages go on, version %s", async (_name, options) => {
    const folder = await mkdtemp(join(tmpdir(), "mosquitto-"));
    const config = ["persistence true", `persistence_location ${folder}/`, "autosave_interval 1"];
    let broker = await startMosquitto({ config });
    const { port } = broker;
    const settings: ClientOptions = { ...options, reconnect: QUICK, maxInflightMessages: 100 };
    const sender = await Client.connect(broker.url, { ...settings, identifier: "sender" });
    const receiver = await Client.connect(broker.url, { ...settings, identifier: "receiver" });
    const events = receiver.connectionEvents();
    await receiver.subscribe("t", { qos: 1 });
    let last = -1;
    const receiving = (async () => {
      for await (const message of receiver.messages) last = Number(message.text());
    })();
    let count = 0;
    const publish = (amount: number) =>
      Array.from({ length: amount }, () => sender.publish("t", `${count++}`, { qos: 1 }));
    for (let round = 0; round < 3; round++) {
      const calls = publish(200);
      await calls[50];
      broker.kill(signal);
      await broker.exited;
      await broker.stop();
      calls.push(...publish(100));
      broker = await startMosquitto({ config, port });
      await Promise.all(calls);
      await receiver.ready();
      await Promise.all(publish(10));
      await eventually(() => expect(last).toBe(count - 1));
    }
    await sender.disconnect();
    await receiver.disconnect();
    await receiving;
    const states: string[] = [];
    for await (const { state } of events) {
      states.push(state);
      if (state === "disconnected") break;
    }
    expect(states.filter((state) => state === "connected")).toHaveLength(3);
    await broker.stop();
    await rm(folder, { recursive: true });
  });
});
