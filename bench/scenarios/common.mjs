// What the kinds of measurement share.

import { setTimeout as delay } from "node:timers/promises";
import { startMeter } from "../meter.mjs";

/** For acknowledgements that are still on their way when the last message is there. */
export const settle = () => delay(50);

export const connectAtOnce = (library, { broker, cell }, count, options) =>
  Promise.all(
    Array.from({ length: count }, () =>
      library.connect(broker, { inflight: resolveInflight(cell), ...options }),
    ),
  );

/** The default is left alone where that is what the cell is about, and where messages are paced. */
const resolveInflight = ({ kind, qos, inflight, window, clients, rate }) =>
  ["publish", "pub-sub"].includes(kind) && qos > 0 && inflight !== "default" && !rate
    ? Math.ceil(window / clients)
    : undefined;

export const disconnectAll = (library, clients) =>
  Promise.all(clients.map((client) => library.disconnect(client)));

/**
 * Runs ever longer until it is warm, at least twice, then once for about so many seconds. `run` is given a number of
 * messages, and resolves with how many there really were.
 */
export async function warmThenMeasure({ cell, seconds, warmUpSeconds, broker }, run) {
  let count = Math.max(500, 50 * cell.clients);
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
