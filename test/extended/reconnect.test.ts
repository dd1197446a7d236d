import { monitorEventLoopDelay } from "node:perf_hooks";
import { setTimeout as delay } from "node:timers/promises";
import { expect, test } from "vitest";
import { Client, ProtocolVersion } from "../../lib/index.ts";
import { startMosquitto } from "../support/mosquitto.ts";

const CLIENTS = 1000;

test("a thousand clients come back after their broker, spread over time, and block nothing", async () => {
  let broker = await startMosquitto();
  const { port } = broker;
  const clients = Array.from(
    { length: CLIENTS },
    (_, index) =>
      new Client(broker.url, {
        protocol: ProtocolVersion.V5,
        identifier: `client-${index}`,
        reconnect: { maxDelay: 5 },
      }),
  );
  for (let index = 0; index < CLIENTS; index += 100)
    await Promise.all(clients.slice(index, index + 100).map((client) => client.connect({ timeout: 30 })));
  await Promise.all(
    clients.map((client, index) => client.subscribe(`for/${index}`, { qos: 1, timeout: 30 })),
  );

  /** The times of the attempts, in milliseconds. */
  const attempts: number[] = [];
  const watching = clients.map(async (client) => {
    for await (const event of client.connectionEvents()) {
      if (event.state === "reconnecting") attempts.push(performance.now() + event.delay * 1000);
      if (event.state === "disconnected") return;
    }
  });
  const loop = monitorEventLoopDelay({ resolution: 5 });
  loop.enable();
  await broker.stop();
  const published = clients.map((_client, index) =>
    clients[(index + 1) % CLIENTS]!.publish(`for/${index}`, "after all", { qos: 1 }),
  );
  await delay(8000);
  const p99 = loop.percentile(99) / 1e6;
  broker = await startMosquitto({ port });
  const began = performance.now();
  await Promise.all(clients.map((client) => client.ready({ timeout: 30 })));
  const took = performance.now() - began;
  loop.disable();
  await Promise.all(published);

  // The attempts of all clients in 100 ms, after the first second.
  const start = Math.min(...attempts) + 1000;
  const counts = Array<number>(60).fill(0);
  for (const at of attempts) {
    const slot = Math.floor((at - start) / 100);
    if (slot >= 0 && slot < counts.length) counts[slot]!++;
  }
  const total = counts.reduce((sum, count) => sum + count, 0);
  expect(Math.max(...counts)).toBeLessThan(total / 8);
  expect(p99).toBeLessThan(100);
  expect(took).toBeLessThan(15_000);
  await Promise.all(clients.map((client) => client.disconnect({ timeout: 30 })));
  await Promise.all(watching);
  await broker.stop();
}, 120_000);
