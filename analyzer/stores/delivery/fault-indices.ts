/**
 * Streams and aliases of a fault server: documents by backing index, which refuses a repeat within
 * itself alone, and a search that sees what was refreshed and no more.
 */

export interface Stored {
  source: string
  seqNo: number
}

interface Index {
  readonly name: string
  readonly docs: Map<string, Stored>
  /** As the last refresh left it. */
  visible: Map<string, Stored>
}

export interface Action {
  op: 'create' | 'index'
  index: string
  id: string
  source: string
  seqNo: number | undefined
}

export class FaultIndices {
  readonly #streams = new Map<string, Index[]>()
  #seqNo = 0

  rollover(stream: string): void {
    const indices = this.#of(stream)
    indices.push(this.#made(stream, indices.length + 1))
  }

  refresh(names: readonly string[]): void {
    for (const index of this.#named(names)) index.visible = new Map(index.docs)
  }

  /** As an item of a bulk answers. */
  apply({ op, index: name, id, source, seqNo }: Action): Record<string, unknown> {
    const index = this.#named([name]).at(-1) ?? this.#of(name)[0]
    if (index === undefined) return { _id: id, status: 500 }
    const stored = index.docs.get(id)
    const head = { _index: index.name, _id: id }
    const isConflict = op === 'create' ? stored !== undefined : stored?.seqNo !== seqNo
    if (isConflict) {
      const error = { type: 'version_conflict_engine_exception', reason: `${id} is there` }
      return { ...head, status: 409, error: { ...error, index: index.name } }
    }
    index.docs.set(id, { source, seqNo: ++this.#seqNo })
    return { ...head, status: op === 'create' ? 201 : 200, _seq_no: this.#seqNo, _primary_term: 1 }
  }

  search(names: readonly string[], ids: readonly string[] | undefined): Record<string, unknown>[] {
    return this.#named(names).flatMap((index) =>
      [...index.visible]
        .filter(([id]) => ids?.includes(id) ?? true)
        .map(([id, stored]) => hitOf(index, id, stored)),
    )
  }

  get(name: string, id: string): Record<string, unknown> {
    const index = this.#named([name]).at(-1)
    const stored = index?.docs.get(id)
    if (index === undefined || stored === undefined) return { _index: name, _id: id, found: false }
    return { ...hitOf(index, id, stored), found: true }
  }

  remove(name: string, id: string): boolean {
    return this.#named([name]).some((index) => index.docs.delete(id))
  }

  /** Of all backing indices of a stream or an alias. */
  copies(stream: string, id: string): number {
    return (this.#streams.get(stream) ?? []).filter(({ docs }) => docs.has(id)).length
  }

  #of(stream: string): Index[] {
    const known = this.#streams.get(stream) ?? [this.#made(stream, 1)]
    this.#streams.set(stream, known)
    return known
  }

  #made(stream: string, n: number): Index {
    const name = `.ds-${stream}-2026.11.21-${String(n).padStart(6, '0')}`
    return { name, docs: new Map(), visible: new Map() }
  }

  /** By stream, alias or index. */
  #named(names: readonly string[]): Index[] {
    return [...this.#streams].flatMap(([stream, indices]) =>
      names.includes(stream) ? indices : indices.filter(({ name }) => names.includes(name)),
    )
  }
}

function hitOf({ name }: Index, id: string, { source, seqNo }: Stored): Record<string, unknown> {
  return {
    _index: name,
    _id: id,
    _seq_no: seqNo,
    _primary_term: 1,
    _source: JSON.parse(source) as unknown,
  }
}
