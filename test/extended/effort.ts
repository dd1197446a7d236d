const { TRUST_SECONDS = "6", TRUST_SEED = "1" } = process.env;

/** The duration of each random test in seconds. It is short by default, and longer in `npm run test:extended`. */
export const seconds: number = Number(TRUST_SECONDS);

/** The first seed. The same seed makes the same choices, as far as the network allows. */
export const seed: number = Number(TRUST_SEED);

/** The instruction that repeats a failure. */
export const again = (failing: number): string => `to repeat: TRUST_SEED=${failing} TRUST_SECONDS=0`;

/**
 * Runs `work` with one seed after the other until the time is up, at least once and several at a time. Prints the
 * number of runs. Stops at the first failure, whose error names its seed.
 */
export async function forManySeeds(name: string, work: (seed: number) => Promise<void>): Promise<void> {
  const end = performance.now() + seconds * 1_000;
  let next = seed;
  let done = 0;
  let failure: Error | undefined;
  const lane = async () => {
    do {
      const mine = next++;
      try {
        await work(mine);
        done++;
      } catch (cause) {
        failure ??= new Error(`${name}: seed ${mine} failed (${again(mine)})`, { cause });
      }
    } while (performance.now() < end && !failure);
  };
  await Promise.all(Array.from({ length: seconds === 0 ? 1 : 12 }, lane));
  if (failure) throw failure;
  console.log(`${name}: ${done} schedules, seeds ${seed} to ${next - 1}`);
}
