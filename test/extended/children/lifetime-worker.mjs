// The worker of lifetime.mjs. Only the worker loads the addon.

import { parentPort, workerData } from "node:worker_threads";
import { ignore, steps } from "./steps.mjs";

const { step, url, task } = workerData;
await steps[step](url);
parentPort.postMessage("there");
if (task === "exit") parentPort.on("message", () => process.exit(3));
setInterval(ignore, 1_000);
