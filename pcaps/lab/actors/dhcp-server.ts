/** Confirms every renewal of a lease; nobody in the plant asks for a first one. */

import { createSocket } from 'node:dgram'
import { CLIENT_PORT, SERVER_PORT, address, decodeDhcp, encodeDhcp } from './dhcp-message.ts'
import { onStop, role } from './role.ts'

const LEASE_SECONDS = 120
const { host, say } = role('dhcp server')
const socket = createSocket('udp4')
const seconds = (value: number): Buffer => {
  const bytes = Buffer.alloc(4)
  bytes.writeUInt32BE(value)
  return bytes
}
socket.on('message', (bytes) => {
  const request = decodeDhcp(bytes)
  if (request === null || request.reply) return
  const answer = encodeDhcp({
    ...request,
    reply: true,
    yourIp: request.clientIp,
    options: [
      [53, Buffer.of(5)],
      [54, address(host.ip)],
      [51, seconds(LEASE_SECONDS)],
      [1, address('255.255.0.0')],
    ],
  })
  socket.send(answer, CLIENT_PORT, request.clientIp)
})
socket.bind(SERVER_PORT, host.ip, () => {
  say({ ready: true })
})
onStop(() => {
  socket.close()
})
