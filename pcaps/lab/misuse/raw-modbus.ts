/** Modbus frames that no client stack will send, one at a time, answered or not. */

import { connect, type Socket } from 'node:net'
import { frameReader, makeFrame } from '../actors/modbus-front.ts'

/** A server in listen-only mode never answers. */
const ANSWER_MS_MAX = 600

export class RawModbus {
  readonly #socket: Socket
  #transaction = 0
  #answered: (() => void) | undefined

  private constructor(socket: Socket) {
    this.#socket = socket
    const read = frameReader(() => {
      this.#answered?.()
    })
    socket.on('data', (bytes: Buffer) => {
      read(bytes)
    })
    socket.on('error', (error) => {
      console.error(String(error))
    })
  }

  static open(address: string): Promise<RawModbus> {
    return new Promise((resolve, reject) => {
      const socket = connect(502, address, () => resolve(new RawModbus(socket)))
      socket.setNoDelay(true)
      socket.once('error', reject)
    })
  }

  ask(unit: number, functionCode: number, data: Buffer): Promise<void> {
    this.#transaction = (this.#transaction + 1) % 65536
    return new Promise((resolve) => {
      const done = (): void => {
        clearTimeout(timer)
        resolve()
      }
      const timer = setTimeout(done, ANSWER_MS_MAX)
      this.#answered = done
      this.#socket.write(makeFrame(this.#transaction, unit, functionCode, data))
    })
  }

  close(): void {
    this.#socket.end()
  }
}
