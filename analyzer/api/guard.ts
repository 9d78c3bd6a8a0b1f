/**
 * Who may ask, until there are accounts: a person at this machine, in a page of this console or
 * with a tool of theirs. The loopback address alone does not say so: any page that their browser
 * shows may send requests there (cross-site), and a name of its own may lead there (DNS
 * rebinding). Fetch Metadata: https://www.w3.org/TR/fetch-metadata/.
 */
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import { ConsoleError, HttpError } from './errors.ts'
import { pageText } from './page.ts'

const loopbackNames = ['127.0.0.1', 'localhost', '[::1]']

/** The address to listen on, or an error that says how to reach the console from elsewhere. */
export function loopbackAddress(host: string): string {
  const name = host.replace(/^\[(.*)\]$/, '$1').toLowerCase()
  if (name === 'localhost') return '127.0.0.1'
  if (name === '::1' || /^127(?:\.\d{1,3}){3}$/.test(name)) return name
  throw new ConsoleError(
    'HOST_NOT_LOOPBACK',
    `the console has no accounts yet, so it listens on loopback only and not on ${host}`,
    'Leave --host out; from another machine: ssh -L 8620:127.0.0.1:8620 <this machine>',
  )
}

/** Values of Host that are this console's own. */
export function authorities(address: string, port: number): ReadonlySet<string> {
  const names = [...loopbackNames, address.includes(':') ? `[${address}]` : address]
  const all = names.map((name) => `${name}:${port}`)
  return new Set(port === 80 ? [...all, ...names] : all)
}

/** The console's own pages load what is theirs and send it nowhere else. */
const headers: Readonly<Record<string, string>> = {
  'content-security-policy': [
    "default-src 'self'",
    "base-uri 'none'",
    "form-action 'self'",
    "frame-ancestors 'none'",
    "object-src 'none'",
  ].join('; '),
  'x-content-type-options': 'nosniff',
  'x-frame-options': 'DENY',
  'referrer-policy': 'no-referrer',
  'cross-origin-opener-policy': 'same-origin',
  'cross-origin-resource-policy': 'same-origin',
}

const safeMethods = new Set(['GET', 'HEAD', 'OPTIONS'])

export function guard(app: FastifyInstance, own: () => ReadonlySet<string>): void {
  app.addHook('onRequest', (request, reply, done) => {
    reply.headers(headers)
    // Pages set their own; the API is never kept.
    reply.header('cache-control', 'no-store')
    const refusal = refused(request, own())
    if (refusal === undefined) done()
    else if (refusal.code === 'CROSS_SITE' && isNavigation(request)) sendLink(request, reply)
    else done(refusal)
  })
}

function refused(request: FastifyRequest, own: ReadonlySet<string>): HttpError | undefined {
  const host = (request.headers.host ?? '').toLowerCase()
  if (!own.has(host)) {
    const [address = ''] = own
    return new HttpError(
      421,
      'HOST_FOREIGN',
      'the request names another host than this console',
      `Open http://${address}/.`,
    )
  }
  if (isCrossSite(request, own)) {
    return new HttpError(
      403,
      'CROSS_SITE',
      'the request comes from another site',
      `Open http://${host}/ itself.`,
    )
  }
  const type = request.headers['content-type'] ?? ''
  if (!safeMethods.has(request.method) && !/^application\/json\s*(?:;|$)/i.test(type)) {
    return new HttpError(
      415,
      'CONTENT_TYPE',
      'a request that changes something carries JSON',
      'Send it with the header content-type: application/json.',
    )
  }
  return undefined
}

/** A tool sends neither header; a browser sends them and no page can forge them. */
function isCrossSite(request: FastifyRequest, own: ReadonlySet<string>): boolean {
  const { origin } = request.headers
  if (origin !== undefined && !(origin.startsWith('http://') && own.has(origin.slice(7)))) {
    return true
  }
  const site = request.headers['sec-fetch-site']
  return site !== undefined && site !== 'same-origin' && site !== 'none'
}

function isNavigation(request: FastifyRequest): boolean {
  return request.method === 'GET' && request.headers['sec-fetch-mode'] === 'navigate'
}

/** A link in a chat is followed by hand: refused, with the way in spelled out. */
function sendLink(request: FastifyRequest, reply: FastifyReply): void {
  const [path = '/'] = request.url.split('?')
  void reply
    .code(403)
    .type('text/html; charset=utf-8')
    .send(
      pageText(
        'Opened from another site',
        'The console does not answer requests that another site has made.',
        { href: path.replace(/^\/+/, '/'), text: 'Open this page of the console' },
      ),
    )
}
