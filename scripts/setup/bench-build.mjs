// The programs of the benchmark: the mock broker, and what marks limits. All in build/bench/bin/.

import { run } from "./run.mjs";
import { whenChanged } from "./stamp.mjs";
import { packageVersions } from "./system-packages.mjs";

const directory = "build/bench";

/** A step: compiles them when their source has changed. */
export function benchBuild() {
  const inputs = [
    "bench/CMakeLists.txt",
    "bench/core-latency",
    "bench/baselines",
    "bench/remote",
    "bench/mock-broker",
  ];
  const also = packageVersions("build");
  return whenChanged(
    { name: "bench-build", inputs, also, product: `${directory}/bin/mock-broker` },
    async () => {
      await run("cmake", ["-S", "bench", "-B", directory], { env: { CMAKE_GENERATOR: "Ninja" } });
      await run("cmake", ["--build", directory, "--parallel", "2"]);
    },
  );
}
