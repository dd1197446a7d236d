import Module from "node:module";
import { isReplaced } from "./replacement.ts";

type ResolveFilename = (this: unknown, request: string, ...rest: unknown[]) => string;

/** The member of Node's `module` that each `require`, `require.resolve` and `createRequire` calls. */
const loader = Module as unknown as { _resolveFilename: ResolveFilename };

/** Lets each later `require("mqtt")` load the file `target` where ours takes the place of the package found. */
export function replaceRequires(target: string): void {
  const next = loader._resolveFilename;
  loader._resolveFilename = function resolveFilename(request, ...rest) {
    const file = next.call(this, request, ...rest);
    return isReplaced(request, file) ? target : file;
  };
}
