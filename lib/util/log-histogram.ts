/**
 * A histogram of whole numbers from 0 to 2³² - 1, with buckets that grow with the numbers. Recording takes one
 * increment, and allocates nothing after the first.
 */
export class LogHistogram {
  readonly #bits: number;
  readonly #size: number;
  #counts: Float64Array | undefined;
  #count = 0;
  #sum = 0;
  #max = 0;

  /** `bits`: a percentile is too large by at most one part in 2 to the power of `bits`. */
  constructor(bits: number) {
    this.#bits = bits;
    this.#size = (33 - bits) << bits;
  }

  /** The number of recorded values. */
  get count(): number {
    return this.#count;
  }

  /** The greatest recorded value; 0 if there is none. */
  get max(): number {
    return this.#max;
  }

  /** The mean of the recorded values; 0 if there is none. */
  get mean(): number {
    return this.#count === 0 ? 0 : this.#sum / this.#count;
  }

  /** Records a value. It is rounded down; a greater or smaller one counts as the limit. */
  record(value: number): void {
    const whole = value >= 0xffff_ffff ? 0xffff_ffff : value > 0 ? value >>> 0 : 0;
    const shift = Math.max(0, 31 - Math.clz32(whole) - this.#bits);
    const place = (shift << this.#bits) + (whole >>> shift);
    this.#counts ??= new Float64Array(this.#size);
    this.#counts[place] = (this.#counts[place] ?? 0) + 1;
    this.#count++;
    this.#sum += whole;
    if (whole > this.#max) this.#max = whole;
  }

  /** Returns the values below which these percentages of the recorded values are, in ascending order. */
  percentiles(percentages: readonly number[]): number[] {
    const limits = percentages.map((each) => Math.max(1, Math.ceil((each / 100) * this.#count)));
    const found: number[] = [];
    const counts = this.#counts ?? [];
    let seen = 0;
    for (let place = 0; place < counts.length && found.length < limits.length; place++) {
      seen += counts[place] ?? 0;
      while (seen >= (limits[found.length] ?? Number.POSITIVE_INFINITY))
        found.push(Math.min(this.#greatestIn(place), this.#max));
    }
    return percentages.map((_each, index) => found[index] ?? 0);
  }

  /** Adds the values of another histogram of the same precision. */
  add(other: LogHistogram): void {
    if (other.#counts === undefined) return;
    this.#counts ??= new Float64Array(this.#size);
    for (const [place, count] of other.#counts.entries())
      this.#counts[place] = (this.#counts[place] ?? 0) + count;
    this.#count += other.#count;
    this.#sum += other.#sum;
    this.#max = Math.max(this.#max, other.#max);
  }

  /** Forgets all values. */
  reset(): void {
    this.#counts?.fill(0);
    this.#count = 0;
    this.#sum = 0;
    this.#max = 0;
  }

  /** Returns the greatest value of a bucket. */
  #greatestIn(place: number): number {
    const shift = Math.max(0, (place >>> this.#bits) - 1);
    return (place - (shift << this.#bits) + 1) * 2 ** shift - 1;
  }
}
