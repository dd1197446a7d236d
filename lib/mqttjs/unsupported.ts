/** An option of MQTT.js that cannot have its effect here. `connect` throws it. */
export class UnsupportedOptionError extends Error {
  /** `hint`: the reason, or what to use instead. */
  constructor(what: string, hint: string) {
    super(`${what} is not supported: ${hint}`);
  }
}
