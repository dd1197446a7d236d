// How far apart the processors are, which explains figures that differ from one second to the next.

import { execFileSync } from "node:child_process";
import { program } from "./broker.mjs";

/**
 * Nanoseconds to write 4 KiB where the other processor has read last, see distance/main.cpp; undefined where there are not
 * just two of them.
 */
export const processorDistance = () =>
  Number(execFileSync(program("distance"), { encoding: "utf8" })) || undefined;
