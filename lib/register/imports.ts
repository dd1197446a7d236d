import * as nodeModule from "node:module";
import * as threads from "node:worker_threads";
import { replacedBy, type Targets } from "./targets.ts";

interface Resolution {
  url: string;
  format?: string | null;
}

interface Hooks {
  resolve(
    specifier: string,
    context: { conditions: Iterable<string> },
    nextResolve: (specifier: string, context: unknown) => Resolution,
  ): Resolution;
}

/** Hooks that run on the thread that imports, since Node 22.15 and 23.5. */
const { registerHooks } = nodeModule as { registerHooks?: (hooks: Hooks) => unknown };

/** Node runs `--require` on its thread for asynchronous hooks, too, where hooks cannot be registered. */
const { isInternalThread } = threads as { isInternalThread?: boolean };

/**
 * Lets each later `import` and `import()` of `mqtt` load the targets where ours takes the place of the package found.
 * `asynchronousHooks` is the URL of the hooks for versions of Node that run them on another thread.
 */
export function replaceImports(targets: Targets, asynchronousHooks: URL): void {
  if (isInternalThread) return;
  if (!registerHooks) {
    nodeModule.register(asynchronousHooks, { data: targets });
    return;
  }
  registerHooks({
    resolve: (specifier, context, nextResolve) =>
      replacedBy(targets, specifier, nextResolve(specifier, context), context.conditions),
  });
}
