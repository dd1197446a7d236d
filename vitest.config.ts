import { availableParallelism } from "node:os";
import { defineConfig } from "vitest/config";

export default defineConfig({
  test: {
    include: ["test/{unit,integration,extended}/**/*.test.ts"],
    // A process per file: native code that crashes takes one file with it, and each file starts with a fresh engine.
    pool: "forks",
    // Most tests wait for a socket, so even a small machine has room for two.
    maxWorkers: Math.max(2, availableParallelism()),
    testTimeout: 20_000,
    hookTimeout: 20_000,
  },
});
