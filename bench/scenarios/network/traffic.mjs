// Measures traffic at full speed, or at a number of messages a second.

import { startMeter } from "../../meter.mjs";
import { perMessage, warmThenMeasure } from "../common.mjs";

/**
 * Resolves with the figures of a case. `run` gets a number of messages and a rate, with 0 for full speed. It resolves
 * when all messages have arrived.
 */
export async function measureTraffic(job, arrivals, run) {
  const { testCase, seconds, warmUpSeconds, broker } = job;
  const { rate } = testCase;
  if (!rate) return warmThenMeasure(job, (count) => run(count, 0));
  await warmUp(run, warmUpSeconds);
  await run(Math.ceil(rate * warmUpSeconds), rate);
  arrivals.takeLatencies();
  const stop = startMeter(broker.process);
  const count = await run(Math.ceil(rate * seconds), rate);
  const figures = perMessage(count, stop());
  return { ...figures, paceShare: figures.rate / rate, times: arrivals.latencies };
}

/** Warms up at full speed, because a program would stay cold for minutes at a low rate. */
async function warmUp(run, seconds) {
  const end = performance.now() + 1000 * seconds;
  for (let count = 500; performance.now() < end; count *= 2) await run(count, 0);
}
