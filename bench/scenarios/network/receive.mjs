// Measures the receipt of messages that another process publishes.

import { Counters } from "../../network/counters.mjs";
import { topic } from "../../network/traffic.mjs";
import { connectAtOnce, disconnectAll, settle } from "../common.mjs";
import { Arrivals, whileConsuming } from "./arrivals.mjs";
import { measureTraffic } from "./traffic.mjs";

/** The number of messages between updates of the counter, so that writing costs no measurable time. */
const countedAtOnce = 32;

export async function receive(library, job) {
  const { testCase, broker } = job;
  const counters = new Counters(broker.counters);
  const arrivals = new Arrivals(testCase.size, (count) => {
    if (count % countedAtOnce === 0) counters.set("received", count);
  });
  let requested = 0;
  const run = async (count, rate) => {
    requested += count;
    counters.set("rate", rate);
    counters.set("requested", requested);
    await arrivals.until(requested);
    return count;
  };
  const clients = await connectAtOnce(library, job, 1);
  const figures = await whileConsuming(library, clients[0], arrivals, async () => {
    await library.subscribe(clients[0], topic, { qos: testCase.qos });
    return measureTraffic(job, arrivals, run);
  });
  await settle();
  await disconnectAll(library, clients);
  counters.close();
  return figures;
}
