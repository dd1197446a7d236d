import { closeSync, openSync, readSync } from "node:fs";

/** What decides which binary fits. */
export interface Platform {
  platform: string;
  architecture: string;
  /** Linux: the C library of this process. */
  libc: "glibc" | "musl" | undefined;
  /** The C library's version, where it says so. It takes milliseconds to find out. */
  libcVersion: () => string | undefined;
  /** Like "Node.js 20.20.2". */
  runtime: string;
  /** The version of Node-API that the runtime has. */
  nodeApi: number;
}

export function thisPlatform(): Platform {
  const { platform, arch, versions } = process;
  const { napi = 0 } = versions;
  return {
    platform,
    architecture: arch,
    libc: platform !== "linux" ? undefined : isForMusl(process.execPath) ? "musl" : "glibc",
    libcVersion: glibcVersion,
    runtime: runtime(versions),
    nodeApi: Number(napi),
  };
}

/** Whether the event loop is libuv's. Other runtimes may have its functions as well, to end the process when they are called. */
export function hasLibuv(): boolean {
  const { bun, deno } = process.versions;
  return !bun && !deno;
}

/** A program names the loader that it wants near its beginning. */
function isForMusl(program: string): boolean {
  const beginning = Buffer.alloc(4096);
  try {
    const file = openSync(program, "r");
    readSync(file, beginning);
    closeSync(file);
  } catch {
    return false; // then glibc is the better guess
  }
  return beginning.includes("/ld-musl-");
}

function glibcVersion(): string | undefined {
  const report = process.report as (NodeJS.ProcessReport & { excludeNetwork?: boolean }) | undefined;
  if (!report) return undefined;
  const before = report.excludeNetwork ?? false;
  report.excludeNetwork = true; // else it looks up the names of all peers
  const { header } = report.getReport() as { header?: { glibcVersionRuntime?: string } };
  report.excludeNetwork = before;
  return header?.glibcVersionRuntime;
}

function runtime({ node, bun, deno }: NodeJS.ProcessVersions): string {
  if (bun) return `Bun ${bun}`;
  if (deno) return `Deno ${deno}`;
  return `Node.js ${node}`;
}
