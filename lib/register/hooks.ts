// The hook of `module.register`, for versions of Node without `module.registerHooks`. Node runs it on a thread of its
// own.

import type { ResolveHook } from "node:module";
import { replacedBy, type Targets } from "./targets.ts";

let targets: Targets;

export function initialize(data: Targets): void {
  targets = data;
}

export const resolve: ResolveHook = async (specifier, context, nextResolve) =>
  replacedBy(targets, specifier, await nextResolve(specifier, context), context.conditions);
