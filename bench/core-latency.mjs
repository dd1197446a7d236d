// Measures the latency between two processors, which explains figures that vary from one second to the next.

import { execFileSync } from "node:child_process";
import { program } from "./broker.mjs";

/**
 * Nanoseconds to write 4 KiB that the other processor has read last; see core-latency/main.cpp. Undefined unless there
 * are exactly two processors.
 */
export const coreLatency = () =>
  Number(execFileSync(program("core-latency"), { encoding: "utf8" })) || undefined;
