/** The table of protocols: the only file that knows every one of them. */
import type { AnyDissector } from './dissector.ts'
import { modbus } from './modbus/index.ts'
import { mqttWith } from './mqtt/index.ts'
import { opcua } from './opcua/index.ts'
import { sparkplug } from './sparkplug/index.ts'

export const dissectors: readonly AnyDissector[] = [modbus, opcua, mqttWith([sparkplug])]
