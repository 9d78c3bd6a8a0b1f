/**
 * Sparkplug B 3.0 payloads, section 6.4. Encoded here and not by a Sparkplug package: those write
 * the datatype into every DATA metric, which the specification advises against and real edge nodes
 * leave out (tck-id-payloads-metric-datatype-not-req).
 */

import protobuf from 'protobufjs'

const { root } = protobuf.parse(
  `
  syntax = "proto2";
  message Metric {
    optional string name = 1;
    optional uint64 alias = 2;
    optional uint64 timestamp = 3;
    optional uint32 datatype = 4;
    optional uint32 int_value = 10;
    optional uint64 long_value = 11;
    optional float float_value = 12;
    optional bool boolean_value = 14;
    optional string string_value = 15;
  }
  message Payload {
    optional uint64 timestamp = 1;
    repeated Metric metrics = 2;
    optional uint64 seq = 3;
  }
`,
  { keepCase: true },
)
const Payload = root.lookupType('Payload')

/** Section 6.4.16, the few that the plant uses. */
export const DATATYPES = { Int32: 3, Int64: 4, Float: 9, Boolean: 11, String: 12 } as const
export type Datatype = keyof typeof DATATYPES

export type MetricValue = {
  readonly name?: string
  readonly alias?: number
  readonly type: Datatype
  readonly value: number | boolean | string
}

export type Decoded = {
  readonly seq: number | undefined
  readonly metrics: readonly { name?: string; alias?: number; value: unknown }[]
}

const FIELDS: Readonly<Record<Datatype, string>> = {
  Int32: 'int_value',
  Int64: 'long_value',
  Float: 'float_value',
  Boolean: 'boolean_value',
  String: 'string_value',
}

/** `declare` writes the datatype as well: births and commands by name do, data does not. */
export function encode(
  metrics: readonly MetricValue[],
  seq: number | undefined,
  declare: boolean,
): Buffer {
  const timestamp = Date.now()
  const message = Payload.fromObject({
    timestamp,
    ...(seq === undefined ? {} : { seq }),
    metrics: metrics.map((metric) => ({
      ...(metric.name === undefined ? {} : { name: metric.name }),
      ...(metric.alias === undefined ? {} : { alias: metric.alias }),
      timestamp,
      ...(declare ? { datatype: DATATYPES[metric.type] } : {}),
      [FIELDS[metric.type]]: metric.value,
    })),
  })
  return Buffer.from(Payload.encode(message).finish())
}

export function decode(bytes: Buffer): Decoded {
  const plain = Payload.toObject(Payload.decode(bytes), { longs: Number }) as {
    seq?: number
    metrics?: Record<string, unknown>[]
  }
  return {
    seq: plain.seq,
    metrics: (plain.metrics ?? []).map((metric) => ({
      ...(typeof metric['name'] === 'string' ? { name: metric['name'] } : {}),
      ...(typeof metric['alias'] === 'number' ? { alias: metric['alias'] } : {}),
      value: Object.values(FIELDS)
        .map((field) => metric[field])
        .find((v) => v !== undefined),
    })),
  }
}
