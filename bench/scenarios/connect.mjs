// Measures connecting, and the memory of idle clients.

import { setTimeout as delay } from "node:timers/promises";
import { startMeter } from "../meter.mjs";
import { median } from "../report/statistics.mjs";
import { connectAtOnce, disconnectAll } from "./common.mjs";

export async function connect(library, job) {
  const first = await library.connect(job.broker); // code is loaded and threads are running
  const result = await (job.testCase.clients === 1 ? oneAfterTheOther : allAtOnce)(library, job);
  await library.disconnect(first);
  return { ...result, connections: result.connections + 1 };
}

/** Connects one client repeatedly and takes the median. */
async function oneAfterTheOther(library, { broker, seconds }) {
  const times = [];
  const stop = startMeter(broker.process);
  for (const end = performance.now() + seconds * 1000; performance.now() < end; ) {
    const begin = performance.now();
    const client = await library.connect(broker);
    times.push(performance.now() - begin);
    await library.disconnect(client);
  }
  const cost = stop();
  return {
    milliseconds: median(times),
    cpuMilliseconds: (cost.cpuSeconds / times.length) * 1000,
    connections: times.length,
  };
}

async function allAtOnce(library, job) {
  const { testCase } = job;
  const before = await memoryAtRest();
  const stop = startMeter(job.broker.process);
  const clients = await connectAtOnce(library, job, testCase.clients);
  const cost = stop();
  const idleKibibytes = ((await memoryAtRest()) - before) / 1024 / testCase.clients;
  await disconnectAll(library, clients);
  return {
    milliseconds: cost.seconds * 1000,
    cpuMilliseconds: cost.cpuSeconds * 1000,
    idleKibibytes,
    connections: testCase.clients,
  };
}

/** Resident bytes after garbage collection. */
async function memoryAtRest() {
  await delay(200);
  globalThis.gc?.();
  await delay(50);
  globalThis.gc?.();
  return process.memoryUsage.rss();
}
