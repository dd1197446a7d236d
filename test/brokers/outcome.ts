import type { Fault } from "./brokers/kind.ts";
import type { Column, Named } from "./terms.ts";

export type Outcome =
  /** The fault is one that shows in some runs only. */
  | { readonly kind: "passed"; readonly fault: Fault | undefined }
  | { readonly kind: "failed"; readonly error: Error }
  /** It failed as it was known to. */
  | { readonly kind: "known fault"; readonly fault: Fault; readonly error: Error }
  /** It passed, though a fault is known. */
  | { readonly kind: "unexpected pass"; readonly fault: Fault }
  /** The broker does not have the feature. */
  | { readonly kind: "absent"; readonly reason: string };

export interface Result extends Column, Named {
  readonly outcome: Outcome;
  readonly seconds: number;
  /** The packets of the check, when they were asked for. */
  readonly packets: readonly string[];
}

export const isBad = ({ outcome }: Result): boolean =>
  outcome.kind === "failed" || outcome.kind === "unexpected pass";
