/** Little-endian fields, one after the other, in a buffer that is used again. */
export class Wire {
  readonly bytes = Buffer.alloc(4096)
  length = 0

  reset(): this {
    this.length = 0
    return this
  }

  u8(...values: readonly number[]): this {
    for (const value of values) this.length = this.bytes.writeUInt8(value & 0xff, this.length)
    return this
  }

  u16(value: number): this {
    this.length = this.bytes.writeUInt16LE(value & 0xffff, this.length)
    return this
  }

  u32(value: number): this {
    this.length = this.bytes.writeUInt32LE(value >>> 0, this.length)
    return this
  }

  f64(value: number): this {
    this.length = this.bytes.writeDoubleLE(value, this.length)
    return this
  }

  latin1(text: string): this {
    this.length += this.bytes.write(text, this.length, 'latin1')
    return this
  }

  /** Protocol buffers and MQTT: seven bits a byte, lowest first. */
  varint(value: number): this {
    let rest = value
    while (rest >= 128) {
      this.u8((rest % 128) | 128)
      rest = Math.floor(rest / 128)
    }
    return this.u8(rest)
  }
}
