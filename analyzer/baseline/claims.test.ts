import { describe, expect, test } from 'vitest'
import type { Operation } from '#sensor'
import { OTHER, learned, mqtt, news, publish, sparkplug, ua } from './examples.ts'

describe('MQTT', () => {
  const baseline = learned([
    mqtt('mqttjs_8f3a2b1c'),
    mqtt('edge-1'),
    publish('plant/a/temperature'),
    publish('plant/a/8f3a2b1c44/x'),
    sparkplug('NBIRTH'),
  ])

  test.each<[string, Operation, string]>([
    ['an id that differs in its made-up end', mqtt('mqttjs_00ff11ee'), ''],
    ['a new id', mqtt('edge-2'), 'client-id'],
    ['an id of another asset', mqtt('edge-1', OTHER), 'talker port binding'],
    ['a made-up id of another asset', mqtt('mqttjs_00ff11ee', OTHER), 'talker port client-id'],
    ['another topic of the branch', publish('plant/a/pressure'), ''],
    ['a made-up level', publish('plant/a/99ff00aa11/x'), ''],
    ['another branch', publish('plant/b/temperature'), 'topic-branch payload-type'],
    [
      'another payload',
      publish('plant/a/temperature', 'edge-1', { 'mqtt.payload_type': 'binary' }),
      'payload-type',
    ],
    ['a rebirth, a death', sparkplug('NDEATH'), ''],
    [
      'the edge node from another asset',
      sparkplug('NBIRTH', { client: '10.20.0.98' }),
      'talker port client-of-class binding topic-branch',
    ],
    [
      'a delivery to who subscribed',
      mqtt('edge-1', { classes: ['deliver'], action: 'PUBLISH', targets: ['topic:x/y/z'] }),
      '',
    ],
    [
      'a command by a client that never sent one, though what its alias means is not known',
      sparkplug('NCMD', {
        classes: ['write'],
        targets: ['metric:G1/E1/alias:9'],
        fields: { 'sparkplug.alias': 9 },
        notAssessable: ['midstream'],
      }),
      'client-of-class operation',
    ],
    ['a ping', mqtt('edge-1', { classes: ['other'], action: 'PINGREQ' }), ''],
    [
      'a wildcard',
      mqtt('edge-1', { classes: ['subscribe'], action: 'SUBSCRIBE', targets: ['topic:#'] }),
      'client-of-class operation target',
    ],
  ])('%s', (_, operation, expected) => {
    expect(news(baseline, operation)).toBe(expected)
  })
})

describe('OPC UA', () => {
  /** Without a session and a policy. */
  const late = (mode: string) => {
    const fields = { 'opcua.service': 'Read', 'opcua.security_mode': mode }
    const { draft } = ua('Read', { classes: ['read'], notAssessable: ['midstream'] })
    return { draft: { ...draft, fields } }
  }
  const baseline = learned([
    ua('GetEndpoints', { classes: ['discover'] }, { 'opcua.security_mode': 'None' }),
    ua(
      'ActivateSession',
      { classes: ['session'], user: 'op' },
      { 'opcua.session.identity': 'username' },
    ),
    ua('Read', { classes: ['read'], targets: ['node:i=1', 'node:i=2'] }),
    ua('CreateSubscription', { classes: ['subscribe'] }),
  ])

  test.each<[string, Operation, string]>([
    ['the upkeep of a subscription', ua('DeleteSubscriptions', { classes: ['subscribe'] }), ''],
    ['a session closed', ua('CloseSession', { classes: ['session'] }), ''],
    ['a node', ua('Read', { classes: ['read'], targets: ['node:i=3'] }), 'target'],
    [
      'a write',
      ua('Write', { classes: ['write'], targets: ['node:i=1'] }),
      'client-of-class operation target',
    ],
    [
      'a mode, though discovery used it',
      ua('Read', { classes: ['read'] }, { 'opcua.security_mode': 'None' }),
      'security',
    ],
    [
      'a mode whose policy is not known: the channel was opened before we listened',
      { ...ua('Read', { classes: ['read'] }), ...late('SignAndEncrypt') },
      '',
    ],
    [
      'an anonymous session',
      ua('ActivateSession', { classes: ['session'] }, { 'opcua.session.identity': 'anonymous' }),
      'identity',
    ],
    [
      'the user at another asset',
      ua(
        'ActivateSession',
        { classes: ['session'], user: 'op', ...OTHER },
        { 'opcua.session.identity': 'username' },
      ),
      'talker port security identity binding',
    ],
  ])('%s', (_, operation, expected) => {
    expect(news(baseline, operation)).toBe(expected)
  })
})

test('another certificate of the same owner is a renewal, of another it is new', () => {
  const open = (sha256: string, subject: string, client = '10.20.0.5') =>
    ua(
      'OpenSecureChannel',
      { classes: ['session'], client },
      {
        'opcua.certificate.sha256': sha256,
        'opcua.certificate.subject': subject,
        'opcua.certificate.issuer': 'CN=plant CA',
      },
    )
  const baseline = learned([open('aa', 'CN=hmi')])
  expect(news(baseline, open('aa', 'CN=hmi'))).toBe('')
  expect(news(baseline, open('bb', 'CN=hmi'))).toBe('renewal')
  expect(news(baseline, open('bb', 'CN=other'))).toBe('certificate')
  expect(news(baseline, open('aa', 'CN=hmi', '10.20.0.99'))).toContain('certificate')
})
