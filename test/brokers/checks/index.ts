import type { Check } from "../check.ts";
import { connections } from "./connections.ts";
import { cuts } from "./cuts.ts";
import { flows } from "./flows.ts";
import { limits } from "./limits.ts";
import { payloads } from "./payloads.ts";
import { properties } from "./properties.ts";
import { refusals } from "./refusals.ts";
import { restarts } from "./restarts.ts";
import { retained } from "./retained.ts";
import { sessions } from "./sessions.ts";
import { shared } from "./shared.ts";
import { subscriptions } from "./subscriptions.ts";
import { wills } from "./wills.ts";

/** In the order of the table. */
export const checks: readonly Check[] = [
  ...connections,
  ...sessions,
  ...flows,
  ...retained,
  ...wills,
  ...subscriptions,
  ...shared,
  ...payloads,
  ...refusals,
  ...properties,
  ...limits,
  ...cuts,
  ...restarts,
];
