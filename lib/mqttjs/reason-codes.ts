import { NAMES } from "../protocol/reason-code.ts";

/** The codes of MQTT 5 that MQTT.js describes: those that are a failure, and 16 and 17. */
const described = Object.entries(NAMES).filter(
  ([code]) => Number(code) >= 128 || code === "16" || code === "17",
);

/** The descriptions of reason codes and return codes, as MQTT.js's errors have them. */
export const ReasonCodes: Readonly<Record<number, string>> = {
  ...Object.fromEntries(described),
  0: "",
  1: "Unacceptable protocol version",
  2: "Identifier rejected",
  3: "Server unavailable",
  4: "Bad username or password",
  5: "Not authorized",
  145: "Packet identifier in use",
};
