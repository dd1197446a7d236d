// The scenarios; see README.md in this folder.

import { setImmediate as nextTurn } from "node:timers/promises";
import { Client } from "mqtt-native";
import { startBroker } from "../../scripts/broker.mjs";
import { startMockBroker } from "../broker.mjs";
import { files, memory, peakMemory, threads, waited } from "./gauges.mjs";
import { hostile } from "./hostile.mjs";

export const scenarios = {
  memory: longLife,
  clients: manyClients,
  churn,
  "slow-consumer": slowConsumer,
  blocked: blockedLoop,
  starvation,
  hostile,
};

const flood = (count, { qos = 0, size = 64, topics = 1 } = {}) => `flood/${qos}/${size}/${count}/${topics}/+`;

/** Receives ten million messages with one client. Memory must stay where it was after a hundred thousand. */
async function longLife({ scale, figure }) {
  const mockBroker = await startMockBroker();
  const client = await Client.connect("127.0.0.1", mockBroker.address.port);
  let received = 0;
  const receive = async (count, options) => {
    await client.subscribe(flood(count, options), { qos: options?.qos ?? 0 });
    for (const end = received + count; received < end; received++) await client.messages.next();
  };
  await receive(100_000);
  const before = await memory();
  // One large flood would fill the queue, and its heap would dominate the measurement.
  const portions = Math.max(3, Math.round(20 * scale));
  for (let portion = 0; portion < portions; portion++)
    await receive(500_000, { qos: [0, 0, 0, 1, 2][portion % 5], topics: 1_000 });
  figure("messages", received);
  figure("MiB more than after 100 000 messages", (await memory()) - before, 10);
  await client.disconnect();
  await mockBroker.finish();
}

/** Receives with a thousand clients in one process. */
async function manyClients({ scale, figure }) {
  const broker = await startBroker({ config: ["max_queued_messages 0"] });
  const [filesBefore, before] = [files(), await memory()];
  const count = Math.max(10, Math.round(1_000 * scale));
  const clients = [];
  const begin = performance.now();
  for (let index = 0; index < count; index += 50) {
    const some = Array.from({ length: Math.min(50, count - index) }, () => Client.connect(broker.url));
    clients.push(...(await Promise.all(some)));
  }
  figure("clients", clients.length);
  figure("milliseconds to connect each", (performance.now() - begin) / count);
  await Promise.all(clients.map((client) => client.subscribe("all", { qos: 1 })));
  figure("threads", threads(), 20);
  figure("KiB for each client", (((await memory()) - before) * 1024) / count, 256);
  const messages = 100;
  const received = clients.map(async (client) => {
    for (let number = 0; number < messages; number++) {
      const { value } = await client.messages.next({ timeout: 120 });
      if (Number(value.text()) !== number) throw new Error(`${value.text()} came instead of ${number}`);
    }
  });
  const sender = await Client.connect(broker.url);
  for (let number = 0; number < messages; number++) await sender.publish("all", number, { qos: 1 });
  await Promise.all(received);
  figure("messages received", messages * count);
  await Promise.all(clients.map((client) => client.disconnect()));
  await sender.disconnect();
  await broker.stop();
  figure("descriptors left", files() - filesBefore, 4);
}

/** Connects, uses and disconnects as many clients as an hour has at three a second. */
async function churn({ scale, figure }) {
  // The log of mosquitto would otherwise be kept in memory here.
  const config = ["max_queued_messages 0", "log_type information", "connection_messages false"];
  const broker = await startBroker({ config });
  const life = async (index) => {
    const client = await Client.connect(broker.url, { protocol: index % 2 ? 5 : 4 });
    const topic = `churn/${index % 50}`;
    await client.subscribe(topic, { qos: 2 });
    const burst = Array.from({ length: 20 }, (_, number) =>
      client.publish(topic, number, { qos: number % 3 }),
    );
    await Promise.all(burst);
    await client.messages.next({ timeout: 60 });
    await client.disconnect();
  };
  let lives = 0;
  const live = async (count) => {
    const end = lives + count;
    const lane = async () => {
      while (lives < end) await life(lives++);
    };
    await Promise.all(Array.from({ length: 8 }, lane));
  };
  const total = Math.round(10_000 * scale);
  await live(Math.max(200, total / 10));
  const before = { memory: await memory(), files: files(), threads: threads() };
  const heap = process.memoryUsage().heapUsed;
  await live(total);
  figure("clients in turn", lives);
  figure("MiB more than after a tenth of them", (await memory()) - before.memory, 10);
  figure("MiB of JavaScript's heap more", (process.memoryUsage().heapUsed - heap) / 2 ** 20, 3);
  figure("descriptors more", files() - before.files, 2);
  figure("threads more", threads() - before.threads, 2);
  await broker.stop();
}

/** Takes messages slowly. The queue's limit must bound memory, and every message must be accounted for. */
async function slowConsumer({ scale, figure }) {
  for (const overflow of ["drop-newest", "drop-oldest"]) {
    const mockBroker = await startMockBroker();
    const limit = 1_000;
    const client = await Client.connect("127.0.0.1", mockBroker.address.port, {
      maxQueuedIncomingMessages: limit,
      overflow,
    });
    const count = Math.round(1_000_000 * scale);
    let taken = 0;
    const takeSlowly = async () => {
      const end = client.statistics.messagesReceived + count;
      await client.subscribe(flood(count, { size: 512 }));
      while (client.statistics.messagesReceived < end) {
        await client.messages.next();
        taken++;
        await nextTurn();
      }
    };
    const before = await memory();
    await takeSlowly();
    const after = await memory();
    // The allocators keep as much memory as the peak of waiting messages.
    figure(`${overflow}: MiB more after a first flood`, after - before, 64);
    await takeSlowly();
    figure(`${overflow}: MiB more after a second one`, (await memory()) - after, 32);
    const { messagesReceived, messagesDropped, queuedIncoming } = client.statistics;
    figure(`${overflow}: messages taken of ${2 * count}`, taken);
    figure(
      `${overflow}: messages unaccounted for`,
      messagesReceived - messagesDropped - queuedIncoming - taken,
      0,
    );
    figure(`${overflow}: messages queued`, queuedIncoming, limit);
    await client.disconnect();
    await mockBroker.finish();
  }
}

/** Floods a client while its event loop is blocked. Reading must stop before memory runs out. */
async function blockedLoop({ scale, figure }) {
  const mockBroker = await startMockBroker();
  const client = await Client.connect("127.0.0.1", mockBroker.address.port);
  const count = Math.round(3_000_000 * scale) + 200_000;
  await client.subscribe(flood(count, { size: 1_024 }));
  const before = peakMemory();
  Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 2_000);
  figure("MiB at the peak more", peakMemory() - before, 80);
  for (let received = 0; received < count; received++) await client.messages.next();
  figure("messages", count);
  await client.disconnect();
  await mockBroker.finish();
}

/** Publishes under a full load of messages. `publish` must not block, and timers must fire. */
async function starvation({ scale, figure }) {
  const mockBroker = await startMockBroker();
  const client = await Client.connect("127.0.0.1", mockBroker.address.port, {
    maxQueuedIncomingMessages: 1_000,
  });
  await client.subscribe(flood(2_000_000_000, { size: 64 }));
  const calls = Math.round(100_000 * Math.min(1, scale));
  const durations = new Float64Array(calls);
  const flushes = [];
  const gaps = [];
  let last = performance.now();
  const timer = setInterval(() => {
    const now = performance.now();
    gaps.push(now - last);
    last = now;
  }, 5);
  const receivedBefore = client.statistics.messagesReceived;
  let excused = 0;
  for (let made = 0; made < calls; ) {
    const burst = [];
    for (let index = 0; index < 500 && made < calls; index++, made++) {
      const waitedBefore = waited();
      const begin = performance.now();
      burst.push(client.publish(`sink/${index % 7}`, "x".repeat(64), { qos: index % 3 }));
      durations[made] = performance.now() - begin;
      if (durations[made] < 1) continue;
      // The time in which the kernel ran another thread on the processor does not count.
      const running = durations[made] - (waited() - waitedBefore);
      if (running < 1) excused++;
      durations[made] = running;
    }
    const begin = performance.now();
    await null; // the microtask that writes the publishes runs before this
    flushes.push(performance.now() - begin);
    await Promise.all(burst);
  }
  clearInterval(timer);
  durations.sort();
  gaps.sort((a, b) => a - b);
  const slow = durations.filter((duration) => duration >= 1).length;
  figure("calls of publish", calls);
  figure("messages received meanwhile", client.statistics.messagesReceived - receivedBefore);
  figure("calls of 1 ms or more by the clock", slow + excused);
  figure("calls of 1 ms or more while the thread ran", slow, Math.floor(calls / 10_000));
  for (const share of [0.5, 0.99, 0.999, 0.9999])
    figure(`microseconds of a call, ${share * 100} %`, quantile(durations, share) * 1000);
  figure("milliseconds of the longest call", durations.at(-1));
  figure("milliseconds to hand 500 of them to the kernel, at most", Math.max(...flushes));
  figure("timers fired", gaps.length);
  figure("milliseconds between two timers, median", quantile(gaps, 0.5), 100);
  client.unref();
}

const quantile = (sorted, share) =>
  sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? Number.POSITIVE_INFINITY;
