import { fileURLToPath } from "node:url";

/**
 * The package's folder; undefined in a bundle that has no `import.meta.url`. This file must be directly in lib/, so
 * that its compiled form is directly in dist/.
 */
export const packageRoot: string | undefined =
  import.meta.url && fileURLToPath(new URL("..", import.meta.url));
