// The sending time of a message in its payload: microseconds of the monotonic clock. bench/remote/ writes it, too.

import { median } from "../report/statistics.mjs";

const begin = 8;
export const stampEnd = 16;

/** The difference between `performance.now()` and the monotonic clock, which all processes of a machine share. */
const offset = clockOffset();

export const writeStamp = (payload) => payload.writeDoubleLE(1e3 * performance.now() + offset, begin);

/** Microseconds since the message was sent. */
export const ageOf = (payload) => 1e3 * performance.now() + offset - payload.readDoubleLE(begin);

/** The median of many comparisons of both clocks, because the thread may be interrupted between two readings. */
function clockOffset() {
  const looks = Array.from({ length: 101 }, () => {
    const before = process.hrtime.bigint();
    const now = 1e3 * performance.now();
    const after = process.hrtime.bigint();
    return Number(before + after) / 2e3 - now;
  });
  return median(looks);
}
