import type { Context } from "./context.ts";
import type { Feature, Named, Protocol } from "./terms.ts";

export interface CheckOptions {
  /** Versions of MQTT that it is run with: 3.1.1 and 5 unless given. */
  versions?: readonly Protocol[];
  /** Features that the broker must have. */
  needs?: readonly Feature[];
  /** Whether no other check may run beside it. */
  alone?: boolean;
}

export interface Check extends Named, Required<CheckOptions> {
  run(t: Context): Promise<void>;
}

type Run = Check["run"];

/** All versions: for checks of what every broker has to do. */
export const ALL = ["3.1", "3.1.1", "5"] as const;
export const ONLY_5 = ["5"] as const;

/** Makes the checks of a group: `const check = checksOf("Sessions")`. */
export function checksOf(group: string) {
  return (name: string, options: CheckOptions, run: Run): Check => ({
    ...{ versions: ["3.1.1", "5"], needs: [], alone: false },
    ...options,
    group,
    name,
    run,
  });
}
