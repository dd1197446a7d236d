import { inspect } from "node:util";
import { expect, test } from "vitest";
import { inspectAs } from "../../../lib/util/inspection.ts";

class Meter {
  #value = 1;
  secret = "hunter2";
  static {
    inspectAs(Meter.prototype, (meter) => ({ value: meter.#value, inner: { a: { b: 1 } } }));
  }
}
class Gauge extends Meter {}

test("shows the members of the view, and nothing else", () => {
  expect(inspect(new Meter())).toBe("Meter { value: 1, inner: { a: { b: 1 } } }");
  expect(inspect(new Gauge(), { showHidden: true })).toBe("Gauge { value: 1, inner: { a: { b: 1 } } }");
});

test("keeps to the depth that is asked for", () => {
  expect(inspect(new Meter(), { depth: 0 })).toBe("Meter { value: 1, inner: [Object] }");
  expect(inspect({ meter: new Meter() }, { depth: 0 })).toBe("{ meter: [Meter] }");
  expect(inspect([[[[new Meter()]]]], { depth: null })).toMatch(/b: 1/);
});

test("objects without the private members are shown as usual", () => {
  expect(inspect(Meter.prototype)).toBe("{}");
  expect(inspect(Object.create(new Meter()))).toBe("Meter {}");
  expect(inspect(new Proxy(new Meter(), {}))).toBe("Meter { secret: 'hunter2' }");
});
