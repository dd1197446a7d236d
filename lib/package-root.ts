import { fileURLToPath } from "node:url";

/**
 * The package's folder; undefined where a bundler has left nothing to tell it by. This file stands directly in lib/, as
 * what becomes of it stands directly in dist/.
 */
export const packageRoot: string | undefined =
  import.meta.url && fileURLToPath(new URL("..", import.meta.url));
