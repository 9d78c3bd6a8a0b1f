/** Discovery service set (Part 4, 5.5). */
import type { IdentityStatement } from '../../dissector.ts'
import { describeCertificate } from '../certificates.ts'
import type {
  ApplicationDescription,
  FindServersResponse,
  GetEndpointsRequest,
  GetEndpointsResponse,
  RegisterServerRequest,
} from '../types.generated.ts'
import type { Service } from './service.ts'
import { describeApplication } from './sessions.ts'

/** ApplicationType (7.4). */
const CLIENT = 1
const DISCOVERY_SERVER = 3

/** Services that a client uses before it chooses how to be secure (5.5.1). */
export const discoveryServices: ReadonlySet<string> = new Set([
  'GetEndpoints',
  'FindServers',
  'FindServersOnNetwork',
])

export const getEndpoints: Service = {
  classes: ['discover'],
  items({ endpointUrl }: GetEndpointsRequest) {
    return [{ targets: [], detail: endpointUrl, fields: { 'opcua.endpoint_url': endpointUrl } }]
  },
  identifyServer({ endpoints }: GetEndpointsResponse, connection) {
    const [endpoint] = endpoints
    if (endpoint === undefined) return []
    const certificate = connection.server.certificates.read(endpoint.serverCertificate)
    return [
      ...describeApplication('server', endpoint.server),
      ...describeCertificate('server', certificate),
    ]
  },
}

export const findServers: Service = {
  classes: ['discover'],
  identifyServer({ servers }: FindServersResponse): readonly IdentityStatement[] {
    const self = answering(servers)
    return self === undefined ? [] : describeApplication('server', self)
  },
}

/** A discovery server lists itself beside others; any other server is alone in its list. */
function answering(servers: readonly ApplicationDescription[]): ApplicationDescription | undefined {
  const discovery = servers.filter(({ applicationType }) => applicationType === DISCOVERY_SERVER)
  const [self, ...others] = discovery.length > 0 ? discovery : servers
  return others.length > 0 || self?.applicationType === CLIENT ? undefined : self
}

export const findServersOnNetwork: Service = { classes: ['discover'] }

/** A server tells a discovery server that it is there (5.5.5). */
export const registerServer: Service = {
  classes: ['other'],
  items({ server }: RegisterServerRequest) {
    const { serverUri } = server
    return [{ targets: [], detail: serverUri, fields: { 'opcua.application_uri': serverUri } }]
  },
  identifyClient({ server }: RegisterServerRequest) {
    const statements: IdentityStatement[] = []
    const add = (attribute: string, value: string | undefined): void => {
      if (value === undefined || value === '') return
      statements.push({ of: 'client', attribute, value, confidence: 'B' })
    }
    add('application-uri', server.serverUri)
    add('product-uri', server.productUri)
    add('name', server.serverNames[0]?.text)
    return statements
  },
}
