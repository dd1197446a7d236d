// One worker ends by itself, and another is terminated while it is connected.

import assert from "node:assert/strict";
import { once } from "node:events";
import { isMainThread, parentPort, Worker, workerData } from "node:worker_threads";

if (isMainThread) {
  const orderly = new Worker(new URL(import.meta.url), { workerData: "orderly" });
  const [code] = await once(orderly, "exit");
  assert.equal(code, 0);
  const abrupt = new Worker(new URL(import.meta.url), { workerData: "abrupt" });
  await once(abrupt, "message");
  await abrupt.terminate();
  console.log("passed: worker");
} else {
  const mqtt = await import("mqtt-native");
  if (workerData === "orderly") {
    const { scenario } = await import("./scenario.mjs");
    await scenario(mqtt, "worker");
  } else {
    await mqtt.Client.connect(process.env.SMOKE_URLS.split(" ")[0]);
    parentPort.postMessage("connected");
  }
}
