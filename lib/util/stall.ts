import { startTimer } from "./duration.ts";
import { clearTimeout } from "./timers.ts";

/** Seconds between two checks of the progress. */
const INTERVAL = 0.25;

/** A watch for a stall. */
export interface StallWatch {
  /** Resolves when there is no more progress. */
  readonly stalled: Promise<void>;
  /** Ends the watch. */
  stop(): void;
}

/** Watches a number that changes with progress. A stall is the same number for so many seconds. */
export function watchForStall(seconds: number, progress: () => number): StallWatch {
  let last = progress();
  let looks = 0;
  let timer: NodeJS.Timeout | undefined;
  const stalled = new Promise<void>((resolve) => {
    const look = () => {
      const current = progress();
      looks = current === last ? looks + 1 : 0;
      last = current;
      if (looks * INTERVAL >= seconds) resolve();
      else timer = startTimer(INTERVAL, look);
    };
    timer = startTimer(INTERVAL, look);
  });
  return { stalled, stop: () => clearTimeout(timer) };
}
