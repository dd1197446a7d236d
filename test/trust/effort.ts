const { TRUST_SECONDS = "6", TRUST_SEED = "1" } = process.env;

/** How long each random test goes on, in seconds: short among all tests, longer in `npm run test:trust`. */
export const seconds: number = Number(TRUST_SECONDS);

/** Where random choices begin. The same seed makes the same choices, as far as the network does. */
export const seed: number = Number(TRUST_SEED);

/** How a failure can be had again. */
export const again = (failing: number): string => `to repeat: TRUST_SEED=${failing} TRUST_SECONDS=0`;

/**
 * Does `work` with one seed after the other until the time is up, several at once; at least once. Says how often. The first
 * failure ends it, and tells its seed.
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
