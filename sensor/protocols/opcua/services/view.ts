/** View and NodeManagement service sets (Part 4, 5.8 and 5.9), Query (5.10). */
import type { NodeId } from '../values.ts'
import type { Connection } from '../connection.ts'
import { nodeText, qualifiedText } from '../text.ts'
import type {
  AddNodesRequest,
  AddNodesResponse,
  AddReferencesRequest,
  AddReferencesResponse,
  BrowseRequest,
  BrowseResponse,
  BrowseResult,
  DeleteNodesRequest,
  DeleteReferencesRequest,
  RegisterNodesRequest,
  TranslateBrowsePathsToNodeIdsRequest,
  TranslateBrowsePathsToNodeIdsResponse,
  UnregisterNodesRequest,
} from '../types.generated.ts'
import { joined, nodesItem, TARGETS_MAX, worstAnswer } from './service.ts'
import type { Service } from './service.ts'

function codes(results: readonly { statusCode: number }[]): number[] {
  return results.map(({ statusCode }) => statusCode)
}

function learnNames(results: readonly BrowseResult[], connection: Connection): void {
  for (const { references } of results) {
    for (const { nodeId, browseName } of references) {
      if (nodeId.server !== 0 || nodeId.uri !== '' || browseName.name === '') continue
      connection.server.names.set(nodeText(nodeId, []), qualifiedText(browseName))
    }
  }
}

export const browse: Service = {
  classes: ['discover'],
  items({ nodesToBrowse }: BrowseRequest, connection) {
    return nodesItem(
      nodesToBrowse.map(({ nodeId }) => nodeId),
      connection,
    )
  },
  answer({ results }: BrowseResponse) {
    return worstAnswer(codes(results))
  },
  learn({ results }: BrowseResponse, connection) {
    learnNames(results, connection)
  },
}

export const browseNext: Service = {
  classes: ['discover'],
  answer({ results }: BrowseResponse) {
    return worstAnswer(codes(results))
  },
  learn({ results }: BrowseResponse, connection) {
    learnNames(results, connection)
  },
}

export const translateBrowsePaths: Service = {
  classes: ['discover'],
  items({ browsePaths }: TranslateBrowsePathsToNodeIdsRequest, connection) {
    return nodesItem(
      browsePaths.map(({ startingNode }) => startingNode),
      connection,
    )
  },
  answer({ results }: TranslateBrowsePathsToNodeIdsResponse) {
    return worstAnswer(codes(results))
  },
}

/** Prepares what is read or written later; nothing is read by it (5.9.5). */
export const registerNodes: Service = {
  classes: ['other'],
  items({ nodesToRegister }: RegisterNodesRequest, connection) {
    return nodesItem(nodesToRegister, connection)
  },
}

export const unregisterNodes: Service = {
  classes: ['other'],
  items({ nodesToUnregister }: UnregisterNodesRequest, connection) {
    return nodesItem(nodesToUnregister, connection)
  },
}

function isNull({ id, namespace }: NodeId): boolean {
  return namespace === 0 && (id === 0 || id === '')
}

/** The node asked for, or, where the server shall choose the id, the parent it is put under. */
export const addNodes: Service = {
  classes: ['program'],
  items({ nodesToAdd }: AddNodesRequest, connection) {
    const nodes = nodesToAdd.map(({ requestedNewNodeId, parentNodeId }) =>
      isNull(requestedNewNodeId) ? parentNodeId : requestedNewNodeId,
    )
    const names = nodesToAdd
      .slice(0, TARGETS_MAX)
      .map(({ browseName }) => qualifiedText(browseName))
    return nodesItem(nodes, connection).map((item) => ({
      ...item,
      detail: joined([item.detail, ...names]),
      values: names,
      fields: { ...item.fields, 'opcua.node_name': names },
    }))
  },
  answer({ results }: AddNodesResponse) {
    return worstAnswer(codes(results))
  },
}

export const deleteNodes: Service = {
  classes: ['program'],
  items({ nodesToDelete }: DeleteNodesRequest, connection) {
    return nodesItem(
      nodesToDelete.map(({ nodeId }) => nodeId),
      connection,
    )
  },
  answer: ({ results }: AddReferencesResponse) => worstAnswer(results),
}

export const addReferences: Service = {
  classes: ['program'],
  items({ referencesToAdd }: AddReferencesRequest, connection) {
    return nodesItem(
      referencesToAdd.map(({ sourceNodeId }) => sourceNodeId),
      connection,
    )
  },
  answer: ({ results }: AddReferencesResponse) => worstAnswer(results),
}

export const deleteReferences: Service = {
  classes: ['program'],
  items({ referencesToDelete }: DeleteReferencesRequest, connection) {
    return nodesItem(
      referencesToDelete.map(({ sourceNodeId }) => sourceNodeId),
      connection,
    )
  },
  answer: ({ results }: AddReferencesResponse) => worstAnswer(results),
}
