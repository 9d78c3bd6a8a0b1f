/** Service requests of OPC UA with all their fields (OPC 10000-4 v1.05, section 5). */
import { join } from '../bytes.ts'
import * as ua from '../opcua.ts'
import { ENDPOINT } from '../opcua-session.ts'

export const SETPOINT = ua.named(2, 'Line1.Press.Setpoint')
export const PRESS = ua.named(2, 'Line1.Press')
export const SUBSCRIPTION = 5

/** Requests of the services that the others leave out, each with its fields, and all refused. */
export const refused: readonly (readonly [encoding: number, ...body: readonly Uint8Array[]])[] = [
  // FindServers, GetEndpoints, FindServersOnNetwork (5.5).
  [422, ua.text(ENDPOINT), ua.array(), ua.array()],
  [428, ua.text(ENDPOINT), ua.array(), ua.array()],
  [12_208, ua.u32(0), ua.u32(0), ua.array()],
  // Cancel (5.7.5).
  [479, ua.u32(3)],
  // AddNodes, AddReferences, DeleteNodes, DeleteReferences (5.8).
  [
    488,
    ua.array(
      join(
        PRESS,
        ua.node(47),
        ua.NULL_NODE,
        ua.qualified(2, 'Extra'),
        ua.u32(2),
        ua.NO_EXTENSION,
        ua.node(63),
      ),
    ),
  ],
  [494, ua.array(join(PRESS, ua.node(47), ua.bool(true), ua.text(), SETPOINT, ua.u32(2)))],
  [500, ua.array(join(SETPOINT, ua.bool(true)))],
  [506, ua.array(join(PRESS, ua.node(47), ua.bool(true), SETPOINT, ua.bool(true)))],
  // TranslateBrowsePathsToNodeIds, RegisterNodes, UnregisterNodes (5.9).
  [
    554,
    ua.array(
      join(
        PRESS,
        ua.array(join(ua.node(47), ua.bool(false), ua.bool(true), ua.qualified(2, 'Setpoint'))),
      ),
    ),
  ],
  [560, ua.array(SETPOINT)],
  [566, ua.array(SETPOINT)],
  // QueryNext (5.10.4).
  [621, ua.bool(true), ua.text(Uint8Array.of(9))],
  // HistoryRead of raw values (5.11.3), HistoryUpdate that deletes them (5.11.5).
  [
    664,
    ua.extension(649, ua.bool(false), ua.NO_TIME, ua.NO_TIME, ua.u32(0), ua.bool(false)),
    ua.u32(0),
    ua.bool(false),
    ua.array(join(SETPOINT, ua.text(), ua.qualified(0), ua.text())),
  ],
  [700, ua.array(ua.extension(688, SETPOINT, ua.bool(false), ua.NO_TIME, ua.NO_TIME))],
  // ModifyMonitoredItems, SetMonitoringMode, SetTriggering, DeleteMonitoredItems (5.13).
  [
    763,
    ua.u32(SUBSCRIPTION),
    ua.u32(2),
    ua.array(
      join(ua.u32(1), ua.u32(101), ua.f64(500), ua.NO_EXTENSION, ua.u32(1), ua.bool(true)),
    ),
  ],
  [769, ua.u32(SUBSCRIPTION), ua.u32(0), ua.array(ua.u32(1))],
  [775, ua.u32(SUBSCRIPTION), ua.u32(1), ua.array(ua.u32(2)), ua.array()],
  [781, ua.u32(SUBSCRIPTION), ua.array(ua.u32(1))],
  // ModifySubscription, SetPublishingMode, Republish, TransferSubscriptions (5.14).
  [
    793,
    ua.u32(SUBSCRIPTION),
    ua.f64(500),
    ua.u32(60),
    ua.u32(20),
    ua.u32(0),
    ua.byte(0),
  ],
  [799, ua.bool(false), ua.array(ua.u32(SUBSCRIPTION))],
  [832, ua.u32(SUBSCRIPTION), ua.u32(1)],
  [841, ua.array(ua.u32(SUBSCRIPTION)), ua.bool(true)],
  [847, ua.array(ua.u32(SUBSCRIPTION))],
]
