/** One Modbus connection that comes back by itself, as HMIs' do. */

import modbus from 'modbus-serial'
import { setTimeout as wait } from 'node:timers/promises'

const ANSWER_MS_MAX = 1_200
const RECONNECT_MS = 700

export class ModbusLink {
  readonly #address: string
  #client: modbus.default | undefined

  constructor(address: string) {
    this.#address = address
  }

  async #open(): Promise<modbus.default> {
    if (this.#client?.isOpen === true) return this.#client
    this.close()
    const client = new modbus.default()
    client.setTimeout(ANSWER_MS_MAX)
    client.on('error', (error) => {
      console.error(`${this.#address}: ${String(error)}`)
    })
    await client.connectTCP(this.#address, { port: 502 })
    this.#client = client
    return client
  }

  /** Does one request; what goes wrong is said and is not the end of the plant. */
  async ask<T>(unit: number, request: (client: modbus.default) => Promise<T>): Promise<T | null> {
    try {
      const client = await this.#open()
      client.setID(unit)
      return await request(client)
    } catch (error) {
      const { modbusCode, message } = error as { modbusCode?: number; message?: string }
      if (modbusCode === undefined) {
        console.error(`${this.#address}: ${message}`)
        if (this.#client?.isOpen !== true) await wait(RECONNECT_MS)
      }
      return null
    }
  }

  close(): void {
    this.#client?.close()
    this.#client = undefined
  }
}
