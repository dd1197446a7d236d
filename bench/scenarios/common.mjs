// Code that the scenarios share.

import { setTimeout as delay } from "node:timers/promises";
import { startMeter } from "../meter.mjs";

/** Waits for acknowledgements that are still in flight after the last message. */
export const settle = () => delay(50);

export const connectAtOnce = (library, { broker, testCase }, count, options) => {
  const { acknowledge, hasRequests } = testCase;
  const all = { inflight: resolveInflight(testCase), acknowledge, hasRequests, ...options };
  return Promise.all(Array.from({ length: count }, () => library.connect(broker, all)));
};

/** The default limit stays in cases about it and in paced cases. */
const resolveInflight = ({ kind, qos, inflight, window, clients, rate }) =>
  ["publish", "pub-sub"].includes(kind) && qos > 0 && inflight !== "default" && !rate
    ? Math.ceil(window / clients)
    : undefined;

export const disconnectAll = (library, clients) =>
  Promise.all(clients.map((client) => library.disconnect(client)));

/**
 * Runs the work with growing counts until it is warm, at least twice, and then once for about `seconds`. `run` gets a
 * number of messages, and resolves with the actual number.
 */
export async function warmThenMeasure({ testCase, seconds, warmUpSeconds, broker }, run) {
  let count = Math.max(500, 50 * testCase.clients);
  for (let isFirst = true; ; isFirst = false) {
    const meter = startMeter(broker.process);
    const done = await run(count);
    const warmUp = meter();
    if (warmUp.seconds < warmUpSeconds) count *= 2;
    if (warmUp.seconds < warmUpSeconds || isFirst) continue;
    const stop = startMeter(broker.process);
    const measured = await run(Math.ceil((done / warmUp.seconds) * seconds));
    return perMessage(measured, stop());
  }
}

export const perMessage = (count, { seconds, cpuSeconds, jsSeconds, brokerSeconds }) => ({
  count,
  rate: count / seconds,
  cpuMicroseconds: (cpuSeconds / count) * 1e6,
  jsMicroseconds: (jsSeconds / count) * 1e6,
  brokerShare: brokerSeconds / seconds,
});
