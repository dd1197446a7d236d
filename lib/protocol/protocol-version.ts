/** The versions of MQTT, with the numbers of the CONNECT packet (MQTT 5, section 3.1.2.2), as in aiomqtt. */
export const ProtocolVersion = {
  /** MQTT 3.1 */
  V31: 3,
  /** MQTT 3.1.1 */
  V311: 4,
  /** MQTT 5.0 */
  V5: 5,
} as const;

/** One of {@link ProtocolVersion}. */
export type ProtocolVersion = (typeof ProtocolVersion)[keyof typeof ProtocolVersion];
