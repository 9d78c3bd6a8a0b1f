/** The services by name (Part 4, 5). What is not here has nothing but its name. */
import * as attributes from './attributes.ts'
import * as discovery from './discovery.ts'
import { call } from './methods.ts'
import * as monitoring from './monitoring.ts'
import type { Service } from './service.ts'
import * as sessions from './sessions.ts'
import * as view from './view.ts'

const other: Service = { classes: ['other'] }
const query: Service = { classes: ['discover'] }

const table: ReadonlyMap<string, Service> = new Map<string, Service>([
  ['FindServers', discovery.findServers],
  ['FindServersOnNetwork', discovery.findServersOnNetwork],
  ['GetEndpoints', discovery.getEndpoints],
  ['RegisterServer', discovery.registerServer],
  ['RegisterServer2', discovery.registerServer],
  ['OpenSecureChannel', sessions.session],
  ['CloseSecureChannel', sessions.session],
  ['CreateSession', sessions.createSession],
  ['ActivateSession', sessions.activateSession],
  ['CloseSession', sessions.closeSession],
  ['Cancel', sessions.session],
  ['AddNodes', view.addNodes],
  ['AddReferences', view.addReferences],
  ['DeleteNodes', view.deleteNodes],
  ['DeleteReferences', view.deleteReferences],
  ['Browse', view.browse],
  ['BrowseNext', view.browseNext],
  ['TranslateBrowsePathsToNodeIds', view.translateBrowsePaths],
  ['RegisterNodes', view.registerNodes],
  ['UnregisterNodes', view.unregisterNodes],
  ['QueryFirst', query],
  ['QueryNext', query],
  ['Read', attributes.read],
  ['HistoryRead', attributes.historyRead],
  ['Write', attributes.write],
  ['HistoryUpdate', attributes.historyUpdate],
  ['Call', call],
  ['CreateMonitoredItems', monitoring.createMonitoredItems],
  ['ModifyMonitoredItems', monitoring.transferSubscriptions],
  ['DeleteMonitoredItems', monitoring.statuses],
  ['SetMonitoringMode', monitoring.statuses],
  ['SetTriggering', monitoring.subscription],
  ['CreateSubscription', monitoring.subscription],
  ['ModifySubscription', monitoring.subscription],
  ['SetPublishingMode', monitoring.setPublishingMode],
  ['Publish', monitoring.publish],
  ['Republish', monitoring.subscription],
  ['TransferSubscriptions', monitoring.transferSubscriptions],
  ['DeleteSubscriptions', monitoring.statuses],
])

export function serviceOf(name: string): Service {
  return table.get(name) ?? other
}
