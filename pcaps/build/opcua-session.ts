/** A secure channel in mode None with its session: counts sequence numbers and request ids. */
import { join } from './bytes.ts'
import type { Connection } from './connection.ts'
import * as ua from './opcua.ts'
import type { Chunk } from './opcua.ts'

const CHANNEL = 7
/** AuthenticationToken that the server gives. */
const TOKEN = ua.node(4711, 1)
export const ENDPOINT = 'opc.tcp://press1.example:4840'
const TRANSPORT = 'http://opcfoundation.org/UA-Profile/Transport/uatcp-uasc-uabinary'

/** ApplicationDescription (Part 4, 7.2): URIs, name, type, no gateway, no discovery. */
export function application(uri: string, product: string, name: string, type: number) {
  const texts = [ua.text(uri), ua.text(product), ua.localized(name)]
  return join(...texts, ua.u32(type), ua.text(), ua.text(), ua.array())
}

const CLIENT = application('urn:hmi1.example:hmi', 'urn:example:hmi', 'HMI', 1)
const SERVER = application('urn:press1.example:plc', 'urn:example:plc', 'Press 1', 0)

/** EndpointDescription (Part 4, 7.14): mode None, anonymous users. */
function endpoint(): Uint8Array {
  const policy = ua.text('http://opcfoundation.org/UA/SecurityPolicy#None')
  // UserTokenPolicy (7.42): anonymous.
  const anonymous = join(ua.text('anonymous'), ua.u32(0), ua.text(), ua.text(), ua.text())
  const security = join(ua.text(), ua.u32(1), policy, ua.array(anonymous))
  return join(ua.text(ENDPOINT), SERVER, security, ua.text(TRANSPORT), ua.byte(0))
}

export class UaSession {
  readonly #connection: Connection
  readonly #sequences = { client: 0, server: 0 }
  #request = 0
  #token: Uint8Array | undefined = undefined

  constructor(connection: Connection) {
    this.#connection = connection
  }

  /** HEL, ACK, OPN. */
  channel(): this {
    this.#connection.ask(ua.hello(ENDPOINT)).answer(ua.acknowledge())
    const lifetime = ua.u32(3_600_000)
    // OpenSecureChannel (Part 4, 5.6.2): issue a token, mode None.
    const asked = join(ua.u32(0), ua.u32(0), ua.u32(1), ua.text(), lifetime)
    this.#connection.ask(ua.opening(this.#next('client', 0), this.#asking(446, asked)))
    const token = join(ua.u32(CHANNEL), ua.u32(1), ua.NO_TIME, lifetime)
    const answered = join(ua.u32(0), token, ua.text())
    this.#connection.answer(ua.opening(this.#answering(), this.#saying(449, answered)))
    return this
  }

  /** CreateSession (5.7.2) and ActivateSession (5.7.3), anonymous unless told. */
  session(identity = ua.extension(321, ua.text('anonymous'))): this {
    const asked = [CLIENT, ua.text(), ua.text(ENDPOINT), ua.text('HMI session'), ua.text(), ua.text()]
    this.ask(461, ...asked, ua.f64(60_000), ua.u32(0))
    const signature = join(ua.text(), ua.text())
    const head = [ua.node(815, 1), TOKEN, ua.f64(60_000), ua.text(), ua.text()]
    this.answer(464, ...head, ua.array(endpoint()), ua.array(), signature, ua.u32(0))
    this.#token = TOKEN
    this.ask(467, signature, ua.array(), ua.array(), identity, signature)
    return this
  }

  /** Of ActivateSession. */
  activated(): this {
    return this.answer(470, ua.text(), ua.array(), ua.array())
  }

  /** Begins a request with the encoding id. */
  ask(encoding: number, ...body: readonly Uint8Array[]): this {
    this.#connection.ask(this.asking(encoding, ...body))
    return this
  }

  answer(encoding: number, ...body: readonly Uint8Array[]): this {
    this.#connection.answer(ua.message(this.#answering(), this.#saying(encoding, join(...body))))
    return this
  }

  /** A request that is sent by the caller. */
  asking(encoding: number, ...body: readonly Uint8Array[]): Uint8Array {
    const chunk = this.#next('client')
    return ua.message(chunk, this.#asking(encoding, join(...body)))
  }

  /** The answer to the request with this id, where it is not the last one. */
  answerTo(request: number, encoding: number, ...body: readonly Uint8Array[]): this {
    const saying = this.#saying(encoding, join(...body), 0, request)
    this.#connection.answer(ua.message({ ...this.#answering(), request }, saying))
    return this
  }

  /** Id of the last request. */
  get request(): number {
    return this.#request
  }

  /** ServiceFault (Part 4, 7.35). */
  fault(code: number): this {
    const saying = this.#saying(397, new Uint8Array(0), code)
    this.#connection.answer(ua.message(this.#answering(), saying))
    return this
  }

  /** A request in chunks of `size` bytes of body; the last may be an abort instead. */
  askInChunks(size: number, encoding: number, body: Uint8Array, abort?: Uint8Array): this {
    this.#request++
    const whole = this.#asking(encoding, body)
    for (let at = 0; at < whole.length; at += size) {
      const last = at + size >= whole.length
      const part = last && abort !== undefined ? abort : whole.subarray(at, at + size)
      const flag = last ? (abort === undefined ? 'F' : 'A') : 'C'
      this.#connection.ask(ua.message(this.#next('client', 0, 0), part, 'MSG', flag))
    }
    return this
  }

  answerInChunks(size: number, encoding: number, body: Uint8Array): this {
    const whole = this.#saying(encoding, body)
    for (let at = 0; at < whole.length; at += size) {
      const flag = at + size >= whole.length ? 'F' : 'C'
      this.#connection.answer(
        ua.message(this.#answering(), whole.subarray(at, at + size), 'MSG', flag),
      )
    }
    return this
  }

  /** CloseSession (5.7.4), CLO (5.6.3). */
  close(): this {
    this.ask(473, ua.bool(true)).answer(476)
    return this.leave()
  }

  /** The capture begins within the session: its token and numbers go on. */
  resumed(): this {
    this.#token = TOKEN
    this.#request = 50
    this.#sequences.client = 50
    this.#sequences.server = 50
    return this
  }

  /** CLO: nobody answers it, and its AuthenticationToken is null (Part 4, 5.6.3). */
  leave(): this {
    this.#token = undefined
    this.#connection.ask(ua.message(this.#next('client'), this.#asking(452, join()), 'CLO'))
    return this
  }

  #next(side: 'client' | 'server', channel = CHANNEL, step = 1): Chunk {
    this.#request += step
    const fixed = step === 0 ? CHANNEL : channel
    return { channel: fixed, sequence: ++this.#sequences[side], request: this.#request }
  }

  #answering(): Chunk {
    return this.#next('server', CHANNEL, 0)
  }

  #asking(encoding: number, body: Uint8Array): Uint8Array {
    const token = this.#token === undefined ? {} : { token: this.#token }
    const header = ua.requestHeader({ ...token, handle: this.#request, timeout: 10_000 })
    return join(ua.node(encoding), header, body)
  }

  #saying(encoding: number, body: Uint8Array, result = 0, request = this.#request): Uint8Array {
    return join(ua.node(encoding), ua.responseHeader(request, result), body)
  }
}
