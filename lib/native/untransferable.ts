type Mark = (buffer: ArrayBuffer) => void;

let mark: Mark | undefined;

/**
 * Makes a transfer of the buffer to another thread fail, because all messages that share it would lose their bytes.
 * Node.js 20 copies it instead.
 */
export function keepInThread(buffer: ArrayBuffer): void {
  mark ??= findMark();
  mark(buffer);
}

/** Returns the function that marks buffers. It loads the module late, and tests the function, which may throw. */
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
