/**
 * The names by which Malcolm's dashboards know a part of our fields, as alias fields: nothing is
 * stored twice. Asked for by `elasticsearch.malcolm`.
 */
import type { Properties, Property } from './mapping.ts'

/** Malcolm's name, ours: only where both mean the same and have the same type. */
export const aliases: readonly (readonly [string, string])[] = [
  ['zeek.modbus.func', 'modbus.function'],
  ['zeek.modbus.exception', 'modbus.exception'],
  ['zeek.modbus.unit_id', 'modbus.unit_id'],
  ['zeek.modbus.trans_id', 'modbus.transaction_id'],
  ['zeek.modbus.mei_type', 'modbus.subfunction'],
  ['zeek.modbus_detailed.address', 'modbus.address'],
  ['zeek.modbus_detailed.quantity', 'modbus.quantity'],
  ['zeek.modbus_detailed.matched', 'modbus.matched'],
  ['zeek.modbus_mask_write_register.address', 'modbus.address'],
  ['zeek.modbus_mask_write_register.and_mask', 'modbus.and_mask'],
  ['zeek.modbus_mask_write_register.or_mask', 'modbus.or_mask'],
  ['zeek.modbus_read_write_multiple_registers.write_start_address', 'modbus.write_address'],
  ['zeek.modbus_read_write_multiple_registers.write_registers', 'modbus.write_values'],
  ['zeek.mqtt_connect.client_id', 'mqtt.client_id'],
  ['zeek.mqtt_connect.proto_version', 'mqtt.version'],
  ['zeek.mqtt_connect.will_topic', 'mqtt.will.topic'],
  ['zeek.mqtt_connect.connect_status', 'mqtt.reason'],
  ['zeek.mqtt_publish.topic', 'mqtt.topic'],
  ['zeek.mqtt_publish.qos', 'mqtt.qos'],
  ['zeek.mqtt_publish.retain', 'mqtt.retain'],
  ['zeek.mqtt_publish.payload', 'mqtt.payload'],
  ['zeek.mqtt_publish.payload_len', 'mqtt.payload_bytes'],
  ['zeek.mqtt_subscribe.topics', 'mqtt.topic_filter'],
  ['zeek.opcua_binary.endpoint_url', 'opcua.endpoint_url'],
  ['zeek.opcua_binary.identifier_str', 'opcua.service'],
  ['zeek.opcua_binary.sec_channel_id', 'opcua.secure_channel_id'],
  ['zeek.opcua_binary.sec_policy_uri', 'opcua.security_policy'],
]

export function malcolmAliases(): Properties {
  const all: Properties = {}
  for (const [theirs, path] of aliases) {
    const parts = theirs.split('.')
    const leaf = parts.pop() ?? ''
    let at = all
    for (const part of parts) {
      at = ((at[part] ??= { properties: {} }) as { properties: Properties }).properties
    }
    const alias: Property = { type: 'alias', path }
    at[leaf] = alias
  }
  return all
}
