// Defects that were put there on purpose (test/native/canary.cpp): a sanitizer that does not report them is not at work.

/** What each sanitizer has to find, and what it says of it. */
export const canaries = {
  address: {
    "use after free": /AddressSanitizer: heap-use-after-free/,
    leak: /Direct leak of/,
    overflow: /runtime error: signed integer overflow/,
  },
  thread: { race: /ThreadSanitizer: data race/ },
};

/** Has each defect committed, by `reportOf`, which resolves with what was said of it. Throws when that is not a report. */
export async function expectReports(defects, reportOf) {
  for (const [defect, expected] of Object.entries(defects)) {
    const report = await reportOf(defect);
    if (!expected.test(report)) throw new Error(`The sanitizers do not report: ${defect}\n\n${report}`);
  }
}
