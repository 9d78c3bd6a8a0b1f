/** What office PCs say when nobody asks them: a DHCP renewal now and then, mDNS questions. */

import { createSocket } from 'node:dgram'
import { CLIENT_PORT, SERVER_PORT, decodeDhcp, encodeDhcp } from './dhcp-message.ts'
import { onStop, phaseOf, role } from './role.ts'
import { repeat } from './schedule.ts'

const { plant, host, args, chance, say } = role('office chatter')
const phase = phaseOf(args[0])
let stopping = false

/** RFC 6762: one PTR question for printers, the commonest one there is. */
function mdnsQuestion(): Buffer {
  const labels = ['_ipp', '_tcp', 'local'].map((label) =>
    Buffer.concat([Buffer.of(label.length), Buffer.from(label)]),
  )
  return Buffer.concat([
    Buffer.from([0, 0, 0, 0, 0, 1, 0, 0, 0, 0, 0, 0]),
    ...labels,
    Buffer.of(0, 0, 12, 0, 1),
  ])
}

const lease = createSocket('udp4')
lease.on('message', (bytes) => {
  if (decodeDhcp(bytes)?.reply === true) say({ ready: true })
})
await new Promise<void>((done) => {
  lease.bind(CLIENT_PORT, host.ip, () => done())
})
const mdns4 = createSocket({ type: 'udp4', reuseAddr: true })
await new Promise<void>((done) => {
  mdns4.bind(5353, host.ip, () => done())
})
mdns4.setMulticastTTL(255)
const mdns6 = createSocket({ type: 'udp6', reuseAddr: true, ipv6Only: true })
await new Promise<void>((done) => {
  mdns6.bind(5353, () => done())
})

function askNeighbours(): void {
  mdns4.send(mdnsQuestion(), 5353, '224.0.0.251')
  if (!host.ipv6) return
  mdns6.send(mdnsQuestion(), 5353, 'ff02::fb%eth0', (error) => {
    if (error !== null) console.error(String(error))
  })
}

function renew(): void {
  const request = encodeDhcp({
    reply: false,
    transaction: chance.whole(1, 0x7fffffff),
    clientIp: host.ip,
    yourIp: '0.0.0.0',
    clientMac: host.mac,
    options: [
      [53, Buffer.of(3)],
      [61, Buffer.from(`01${host.mac.replaceAll(':', '')}`, 'hex')],
      [12, Buffer.from(host.name)],
      [60, Buffer.from('MSFT 5.0')],
      [55, Buffer.of(1, 3, 6, 15, 31, 33, 43, 44, 46, 47, 119, 121, 249, 252)],
    ],
  })
  lease.send(request, SERVER_PORT, plant.hosts.infra.ip)
}

const ended = repeat(
  [
    { everyMs: 37000, work: renew },
    { everyMs: 23000, work: askNeighbours },
  ],
  phase,
  chance,
  () => stopping,
)
onStop(async () => {
  stopping = true
  await ended
  lease.close()
  mdns4.close()
  mdns6.close()
})
