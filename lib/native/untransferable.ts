type Mark = (buffer: ArrayBuffer) => void;

let mark: Mark | undefined;

/**
 * Makes a transfer of the buffer to another thread fail: messages share it, and all of them would lose their bytes.
 * Node.js 20 copies it instead.
 */
export function keepInThread(buffer: ArrayBuffer): void {
  mark ??= findMark();
  mark(buffer);
}

/** Not earlier than needed: many programs never load that module. A runtime may have a function that always throws. */
function findMark(): Mark {
  const { markAsUntransferable }: { markAsUntransferable?: Mark } =
    process.getBuiltinModule("node:worker_threads");
  try {
    markAsUntransferable?.(new ArrayBuffer());
  } catch {
    return () => {};
  }
  return markAsUntransferable ?? (() => {});
}
