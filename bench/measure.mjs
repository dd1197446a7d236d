// Measures one client in a process of its own: node bench/measure.mjs '<job as JSON>'. It sends the result to its
// parent, or prints it when it has none. A job is { client, before, broker: { host, port, process, ca, counters },
// case, seconds, warmUpSeconds }. bench/baselines/ has the same for programs in C.

import { client } from "./clients/index.mjs";
import { peakMemory } from "./meter.mjs";
import { connect } from "./scenarios/connect.mjs";
import * as network from "./scenarios/network/index.mjs";
import { publish } from "./scenarios/publish.mjs";
import { receive } from "./scenarios/receive.mjs";
import { roundTrip } from "./scenarios/round-trip.mjs";

const local = { receive, publish, "round-trip": roundTrip, connect };

// Without its parent the process has nobody to report to.
const abandon = () => process.exit(1);
process.once("disconnect", abandon);
process.channel?.unref();

const job = { seconds: 1, warmUpSeconds: 0.3, ...JSON.parse(process.argv[2]) };
const kinds = job.testCase.network ? network.kinds : local;
const result = await kinds[job.testCase.kind](await client(job.client, job.testCase, job.before), job);
const report = { ...result, peakMebibytes: peakMemory() };
if (process.send) {
  process.off("disconnect", abandon);
  process.send(report, () => process.disconnect());
} else {
  console.log(JSON.stringify(report, null, 2));
}
