// The deliberate defects of test/native/canary.cpp: a sanitizer that does not report them does not work.

/** The defects that each sanitizer must find, and its reports of them. */
export const canaries = {
  address: {
    "use after free": /AddressSanitizer: heap-use-after-free/,
    leak: /Direct leak of/,
    overflow: /runtime error: signed integer overflow/,
  },
  thread: { race: /ThreadSanitizer: data race/ },
};

/** Commits each defect by `readReport`, which resolves with the output. Throws when that has no report. */
export async function expectReports(defects, readReport) {
  for (const [defect, expected] of Object.entries(defects)) {
    const report = await readReport(defect);
    if (!expected.test(report)) throw new Error(`The sanitizers do not report: ${defect}\n\n${report}`);
  }
}
