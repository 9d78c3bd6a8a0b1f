/**
 * OPC UA stacks make keys and certificates at their first start, which takes seconds. They are kept
 * outside the repository, one folder per seed and host, so that later starts are quick.
 */

import { mkdirSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { OPCUACertificateManager } from 'node-opcua'

export async function certificateManager(
  seed: number,
  owner: string,
): Promise<OPCUACertificateManager> {
  const rootFolder = join(tmpdir(), 'fieldtap-lab-pki', `${seed}`, owner)
  mkdirSync(rootFolder, { recursive: true })
  const manager = new OPCUACertificateManager({
    rootFolder,
    // The lab's hosts have never met: what a commissioning engineer would click on.
    automaticallyAcceptUnknownCertificate: true,
  })
  await manager.initialize()
  return manager
}
