/** SecureChannel and Session service sets (Part 4, 5.6 and 5.7). */
import type { IdentityStatement } from '../../dissector.ts'
import { certificateFields, describeCertificate } from '../certificates.ts'
import type { Connection } from '../connection.ts'
import type { ExtensionObject, NodeId } from '../values.ts'
import type { SessionIdentity } from '../server.ts'
import { nodeText } from '../text.ts'
import type {
  ActivateSessionRequest,
  ApplicationDescription,
  CreateSessionRequest,
  CreateSessionResponse,
  UserNameIdentityToken,
  X509IdentityToken,
} from '../types.generated.ts'
import { joined } from './service.ts'
import type { Service } from './service.ts'

/** Longest session name and user kept: both are part of records and kinds. */
const NAME_CHARS_MAX = 256

/** Key of a session in the server's table; '' for the null token of requests without a session. */
export function sessionKey(token: NodeId): string {
  return token.id === 0 && token.namespace === 0 ? '' : nodeText(token, [])
}

export function describeApplication(
  of: 'client' | 'server',
  application: ApplicationDescription,
): IdentityStatement[] {
  const statements: IdentityStatement[] = []
  const { applicationUri, productUri, applicationName } = application
  const add = (attribute: string, value: string): void => {
    if (value !== '') statements.push({ of, attribute, value, confidence: 'B' })
  }
  add('application-uri', applicationUri)
  add('product-uri', productUri)
  add('name', applicationName.text)
  return statements
}

export const session: Service = { classes: ['session'] }

export const createSession: Service = {
  classes: ['session'],
  items(request: CreateSessionRequest, connection) {
    const { sessionName, clientDescription, endpointUrl, clientCertificate } = request
    const certificate = connection.server.certificates.read(clientCertificate)
    const fields = {
      'opcua.session.name': sessionName.slice(0, NAME_CHARS_MAX),
      'opcua.application_uri': clientDescription.applicationUri,
      'opcua.endpoint_url': endpointUrl,
      ...certificateFields(certificate),
    }
    return [{ targets: [], detail: joined(Object.values(fields).map(String)), fields }]
  },
  memory({ sessionName, clientDescription }: CreateSessionRequest) {
    const { applicationUri } = clientDescription
    return { name: sessionName.slice(0, NAME_CHARS_MAX), applicationUri }
  },
  learn({ authenticationToken }: CreateSessionResponse, connection, memory) {
    const key = sessionKey(authenticationToken)
    const { server } = connection
    if (key === '' || memory === undefined || server.session(key) !== undefined) return
    const { name, applicationUri } = memory as { name: string; applicationUri: string }
    server.open(key, { name, applicationUri, identity: undefined, user: '' })
  },
  identifyClient({ clientDescription, clientCertificate }: CreateSessionRequest, connection) {
    const certificate = connection.server.certificates.read(clientCertificate)
    return [
      ...describeApplication('client', clientDescription),
      ...describeCertificate('client', certificate),
    ]
  },
  identifyServer({ serverEndpoints, serverCertificate }: CreateSessionResponse, connection) {
    const certificate = connection.server.certificates.read(serverCertificate)
    const [endpoint] = serverEndpoints
    return [
      ...(endpoint === undefined ? [] : describeApplication('server', endpoint.server)),
      ...describeCertificate('server', certificate),
    ]
  },
}

/** Identity tokens (Part 4, 7.40); the null token is anonymous. */
const identities: Readonly<Record<string, SessionIdentity>> = {
  AnonymousIdentityToken: 'anonymous',
  UserNameIdentityToken: 'username',
  X509IdentityToken: 'certificate',
  IssuedIdentityToken: 'issued',
}

function identityOf({ name, typeId }: ExtensionObject): SessionIdentity | undefined {
  return typeId.id === 0 && typeId.namespace === 0 ? 'anonymous' : identities[name]
}

function userOf({ name, body }: ExtensionObject): string {
  if (name !== 'UserNameIdentityToken') return ''
  return (body as UserNameIdentityToken).userName.slice(0, NAME_CHARS_MAX)
}

function userCertificate({ name, body }: ExtensionObject, connection: Connection) {
  if (name !== 'X509IdentityToken') return undefined
  return connection.server.certificates.read((body as X509IdentityToken).certificateData)
}

export const activateSession: Service = {
  classes: ['session'],
  items({ userIdentityToken }: ActivateSessionRequest, connection) {
    const identity = identityOf(userIdentityToken) ?? ''
    const user = userOf(userIdentityToken)
    const certificate = userCertificate(userIdentityToken, connection)
    const fields = {
      ...(identity === '' ? {} : { 'opcua.session.identity': identity }),
      ...certificateFields(certificate),
    }
    const detail = joined([identity, user, certificate?.sha256 ?? ''])
    return [{ targets: [], detail, fields, user }]
  },
  memory({ requestHeader, userIdentityToken }: ActivateSessionRequest) {
    return {
      key: sessionKey(requestHeader.authenticationToken),
      identity: identityOf(userIdentityToken),
      user: userOf(userIdentityToken),
    }
  },
  learn(_response, connection, memory) {
    if (memory === undefined) return
    const { key, identity, user } = memory as {
      key: string
      identity: SessionIdentity | undefined
      user: string
    }
    if (key === '') return
    const { server } = connection
    const known = server.session(key)
    if (known?.identity === identity && known?.user === user) return
    server.open(key, {
      name: known?.name ?? '',
      applicationUri: known?.applicationUri ?? '',
      identity,
      user,
    })
  },
}

export const closeSession: Service = {
  classes: ['session'],
  memory: ({ requestHeader }) => ({ key: sessionKey(requestHeader.authenticationToken) }),
  learn(_response, connection, memory) {
    if (memory !== undefined) connection.server.close(memory['key'] as string)
  },
}
