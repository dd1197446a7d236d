import { type Attributes, diag } from "@opentelemetry/api";
import { NAMES, serverAttributes } from "./attributes.ts";

/** Returns the names and attributes of operations on topics. */
export class Naming {
  readonly #template: ((topic: string) => string | undefined) | undefined;

  constructor(destinationTemplate: ((topic: string) => string | undefined) | undefined) {
    this.#template = destinationTemplate;
  }

  /** The name of a span: the operation, and the template of its topic or the topic. */
  span(operation: string, topic: string): string {
    return `${operation} ${this.#findTemplate(topic) ?? topic}`;
  }

  /** The attributes of a span. `type`: the kind of operation in the conventions. */
  attributes(operation: string, type: string, topic: string): Attributes {
    const template = this.#findTemplate(topic);
    return {
      ...{ [NAMES.operationName]: operation, [NAMES.operationType]: type, [NAMES.destination]: topic },
      ...(template === undefined ? {} : { [NAMES.template]: template }),
    };
  }

  /** The attributes of a metric. Each has few values. */
  metric(operation: string, topic: string | undefined, broker: string | undefined): Attributes {
    const template = topic === undefined ? undefined : this.#findTemplate(topic);
    return {
      ...{ [NAMES.system]: "mqtt", [NAMES.operationName]: operation },
      ...(template === undefined ? {} : { [NAMES.template]: template }),
      ...(broker === undefined ? {} : serverAttributes(broker)),
    };
  }

  /** Returns the template of a topic. A function of the program that throws must not end the process. */
  #findTemplate(topic: string): string | undefined {
    try {
      return this.#template?.(topic);
    } catch (error) {
      diag.error("mqtt-native: destinationTemplate failed", error);
      return undefined;
    }
  }
}
