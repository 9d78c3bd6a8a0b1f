/** The built-in types that are not a number or a text (Part 6 1.05, 5.1.2 and 5.2.2). */

export interface NodeId {
  readonly namespace: number
  readonly kind: 'i' | 's' | 'g' | 'b'
  /** Number, or text: a Guid in its canonical form, a ByteString in hex. */
  readonly id: number | string
  /** ExpandedNodeId: instead of the index; '' where there is none. */
  readonly uri: string
  readonly server: number
}

export interface QualifiedName {
  readonly namespace: number
  readonly name: string
}

export interface LocalizedText {
  readonly locale: string
  readonly text: string
}

export interface ExtensionObject {
  readonly typeId: NodeId
  /** Name of the structure where the schema has it, else ''. */
  readonly name: string
  /** The structure where the schema has it, else the bytes. */
  readonly body: unknown
}

export interface Variant {
  /** Built-in type id (Part 6, 5.1.2, table 1), 0 for none. */
  readonly type: number
  readonly array: boolean
  /** Elements on the wire, of which `value` may hold the first only. */
  readonly length: number
  readonly value: unknown
}

export interface DataValue {
  readonly value: Variant | undefined
  readonly status: number
  /** ms since 1970; 0: none. */
  readonly sourceTimestamp: number
  readonly serverTimestamp: number
}

export interface DiagnosticInfo {
  readonly symbolicId: number
  readonly namespaceUri: number
  readonly locale: number
  readonly localizedText: number
  readonly additionalInfo: string
  readonly innerStatusCode: number
  readonly innerDiagnosticInfo: DiagnosticInfo | undefined
}
