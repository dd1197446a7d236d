import { type Attributes, type Span, type SpanKind, SpanStatusCode, type Tracer } from "@opentelemetry/api";
import { now } from "../util/timers.ts";
import { errorType, NAMES } from "./attributes.ts";
import { withError } from "./metrics.ts";

/** An operation that has begun. */
interface Running {
  readonly span: Span;
  /** Milliseconds of `now()`. */
  readonly began: number;
  readonly metric: Attributes;
}

/** The beginning of an operation. */
export interface Beginning {
  readonly name: string;
  readonly kind: SpanKind;
  readonly attributes: Attributes;
  /** The attributes of its metrics. */
  readonly metric: Attributes;
}

/** The operations that have begun and not ended, by the contexts of their channels. */
export class Operations {
  readonly #running = new WeakMap<object, Running>();

  /** Begins the span of an operation, in the context of the caller. */
  begin(tracer: Tracer, event: object, { name, kind, attributes, metric }: Beginning): Span {
    const span = tracer.startSpan(name, { kind, attributes });
    this.#running.set(event, { span, began: now(), metric });
    return span;
  }

  /** Sets an attribute of a span that has not ended. */
  set(event: object, name: string, value: string): void {
    this.#running.get(event)?.span.setAttribute(name, value);
  }

  /** Ends the span of an operation. Returns undefined if the operation had begun before it was observed. */
  end(event: { error?: unknown }): { seconds: number; metric: Attributes } | undefined {
    const running = this.#running.get(event);
    if (running === undefined) return undefined;
    this.#running.delete(event);
    const { span, began, metric } = running;
    const type = "error" in event ? recordError(span, event.error) : undefined;
    span.end();
    return { seconds: (now() - began) / 1000, metric: withError(metric, type) };
  }
}

/** Records an error in a span, and returns its type. */
export function recordError(span: Span, error: unknown): string {
  const type = errorType(error);
  const message = error instanceof Error ? error.message : String(error);
  span.recordException(error instanceof Error ? error : message);
  span.setStatus({ code: SpanStatusCode.ERROR, message });
  span.setAttribute(NAMES.errorType, type);
  return type;
}
