/** The console's built pages: served as they are, gzip where the build left one beside the file. */
import { existsSync, realpathSync } from 'node:fs'
import { realpath } from 'node:fs/promises'
import { join, resolve, sep } from 'node:path'
import fastifyStatic from '@fastify/static'
import type { FastifyReply, FastifyRequest } from 'fastify'
import type { App } from './app.ts'
import { HttpError, notFound } from './errors.ts'
import { pageText } from './page.ts'

/** The build names these by their content: they never change. */
const BUILT = '/assets/'
/** What is missing among these is missing; every other path is a view of the console. */
const filePattern = /\.(?:js|mjs|css|map|svg|png|ico|woff2|json|txt|gz|webmanifest)$/

export function pageRoutes(app: App, dir: string): void {
  const root = existsSync(dir) ? realpathSync(dir) : resolve(dir)
  const built = existsSync(join(root, 'index.html'))
  if (built) {
    app.register(fastifyStatic, {
      root,
      preCompressed: true,
      dotfiles: 'ignore',
      cacheControl: false,
      // A link that leads out of the folder is none of the console's pages.
      onFile: async (path) => {
        if (!(await realpath(path)).startsWith(root + sep)) throw notFound('page')
      },
      setHeaders: (reply, path) => {
        const kept = path.startsWith(join(root, BUILT))
        reply.header('cache-control', kept ? 'public, max-age=31536000, immutable' : 'no-cache')
      },
    })
  }
  app.setNotFoundHandler((request, reply) => {
    if (!isView(request)) throw noRoute(request)
    return built ? reply.sendFile('index.html') : sendUnbuilt(reply)
  })
}

function isView(request: FastifyRequest): boolean {
  const [path = '/'] = request.url.split('?')
  const read = request.method === 'GET' || request.method === 'HEAD'
  return read && !/^\/api(?:\/|$)/.test(path) && !filePattern.test(path)
}

function noRoute(request: FastifyRequest): HttpError {
  const message = `there is nothing at ${request.method} ${request.url.slice(0, 200)}`
  return new HttpError(404, 'NOT_FOUND', message, 'See /api/openapi.json for what there is.')
}

function sendUnbuilt(reply: FastifyReply): FastifyReply {
  const body =
    'The pages of the console have not been built. Run npm install in the folder of the ' +
    'project, then start again. The API works without them.'
  return reply
    .code(503)
    .type('text/html; charset=utf-8')
    .send(pageText('Nothing to show yet', body, { href: '/api/openapi.json', text: 'The API' }))
}
