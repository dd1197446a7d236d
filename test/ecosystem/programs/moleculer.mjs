// moleculer: two nodes whose transporter is MQTT.

import assert from "node:assert/strict";
import { ServiceBroker } from "moleculer";
import { inTime, killBroker, passed, restartBroker, until, url } from "./common.mjs";

const received = [];
const create = (nodeID) =>
  new ServiceBroker({
    nodeID,
    transporter: url,
    logger: false,
    heartbeatInterval: 1,
    heartbeatTimeout: 3,
    requestTimeout: 2000,
  });
const [caller, worker] = [create("caller"), create("worker")];
worker.createService({
  name: "math",
  actions: {
    add: ({ params: { a, b } }) => a + b,
    fail() {
      throw new Error("refused");
    },
  },
  // moleculer goes by the name of the parameter.
  events: { "order.created": (ctx) => received.push(ctx.params) },
});
await inTime("starting", Promise.all([worker.start(), caller.start()]));
await inTime("finding the service", caller.waitForServices("math"));

const exercise = async () => {
  const sums = await Promise.all(
    Array.from({ length: 200 }, (_, i) => caller.call("math.add", { a: i, b: 1 })),
  );
  assert.deepEqual(
    sums,
    Array.from({ length: 200 }, (_, i) => i + 1),
  );
  await assert.rejects(caller.call("math.fail"), /refused/);
  received.length = 0;
  caller.emit("order.created", { id: 7 });
  await until("the event arrived", () => received.length > 0);
  assert.deepEqual(received, [{ id: 7 }]);
  const text = "x".repeat(500_000);
  assert.equal(await caller.call("math.add", { a: text, b: "y" }), `${text}y`);
};

await exercise();
await killBroker();
await until("both are without a connection", () =>
  [caller, worker].every(({ transit }) => !transit.tx.connected),
);
await assert.rejects(
  inTime("a call without a broker", caller.call("math.add", { a: 1, b: 1 }, { timeout: 500 })),
);
await restartBroker();
await until("a call is answered", () =>
  caller.call("math.add", { a: 1, b: 1 }).then(
    (sum) => sum === 2,
    () => false,
  ),
);
await exercise();
await inTime("stopping", Promise.all([caller.stop(), worker.stop()]));
passed();
