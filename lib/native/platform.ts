import { closeSync, openSync, readSync } from "node:fs";

/** The properties of a system that select the binary. */
export interface Platform {
  platform: string;
  architecture: string;
  /** The C library of this process; on Linux only. */
  libc: "glibc" | "musl" | undefined;
  /** Returns the version of glibc, which takes milliseconds; undefined for other C libraries. */
  libcVersion: () => string | undefined;
  /** The runtime, as in "Node.js 20.20.2". */
  runtime: string;
  /** The runtime's version of Node-API. */
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

/** Returns whether the event loop is libuv's. Others may have libuv's functions, but end the process if called. */
export function hasLibuv(): boolean {
  const { bun, deno } = process.versions;
  return !bun && !deno;
}

/** Returns whether a program is for musl. A program names its loader near its beginning. */
function isForMusl(program: string): boolean {
  const beginning = Buffer.alloc(4096);
  try {
    const file = openSync(program, "r");
    readSync(file, beginning);
    closeSync(file);
  } catch {
    return false; // glibc is more likely
  }
  return beginning.includes("/ld-musl-");
}

function glibcVersion(): string | undefined {
  const report = process.report as (NodeJS.ProcessReport & { excludeNetwork?: boolean }) | undefined;
  if (!report) return undefined;
  const before = report.excludeNetwork ?? false;
  report.excludeNetwork = true; // otherwise it looks up the names of all peers
  const { header } = report.getReport() as { header?: { glibcVersionRuntime?: string } };
  report.excludeNetwork = before;
  return header?.glibcVersionRuntime;
}

function runtime({ node, bun, deno }: NodeJS.ProcessVersions): string {
  if (bun) return `Bun ${bun}`;
  if (deno) return `Deno ${deno}`;
  return `Node.js ${node}`;
}
