import { describe, expect, it } from 'vitest'
import { PacketRuleError, parsePacketRule } from './language.ts'
import type { PacketInfo } from './packet-info.ts'

const HOSTS = ['client', 'server']

function packet(over: Partial<PacketInfo>): PacketInfo {
  return {
    number: 1,
    from: 'client',
    to: 'server',
    link: 'client-server',
    protocol: 'tcp',
    source: '10.0.0.1',
    destination: '10.0.0.2',
    sourcePort: 40000,
    destinationPort: 80,
    seq: 0,
    ack: 0,
    flags: 16,
    length: 0,
    octets: 40,
    retransmission: false,
    finalAck: false,
    ...over,
  }
}

const fits = (rule: string, over: Partial<PacketInfo>): boolean => parsePacketRule(rule, HOSTS).fits(packet(over))

describe('a packet rule', () => {
  it('counts by word and by number, from the first when nothing is said', () => {
    expect(parsePacketRule('the final ACK', HOSTS).nth).toBe(1)
    expect(parsePacketRule("client's third segment", HOSTS).nth).toBe(3)
    expect(parsePacketRule('the 12th packet', HOSTS).nth).toBe(12)
    expect(parsePacketRule('the next packet', HOSTS).nth).toBe(1)
    expect(parsePacketRule('every SYN,ACK', HOSTS).nth).toBe(0)
  })

  it('tells the kinds apart', () => {
    expect(fits('SYN', { flags: 2 })).toBe(true)
    expect(fits('SYN', { flags: 18 })).toBe(false)
    expect(fits('every SYN,ACK', { flags: 18 })).toBe(true)
    expect(fits('every syn-ack', { flags: 18 })).toBe(true)
    expect(fits('the first FIN', { flags: 17 })).toBe(true)
    expect(fits('the first FIN segment', { flags: 16 })).toBe(false)
    expect(fits('a ACK', { flags: 16 })).toBe(true)
    expect(fits('ACK', { flags: 16, length: 3 })).toBe(false)
    expect(fits('ACK', { flags: 17 })).toBe(false)
    expect(fits('data', { length: 3 })).toBe(true)
    expect(fits('the second data segment', { length: 0 })).toBe(false)
    expect(fits('every datagram', { protocol: 'udp' })).toBe(true)
    expect(fits('every segment', { protocol: 'udp' })).toBe(false)
    expect(fits('every packet', { protocol: 'icmp' })).toBe(true)
    expect(fits('the retransmission', { retransmission: true })).toBe(true)
    expect(fits('final ACK', { finalAck: true })).toBe(true)
    expect(fits('final ACK', { finalAck: false })).toBe(false)
  })

  it('looks at who sends it, to whom, and at the port', () => {
    expect(fits("server's first FIN", { flags: 17, from: 'server' })).toBe(true)
    expect(fits('the first FIN of server', { flags: 17, from: 'client' })).toBe(false)
    expect(fits('the first RST to client', { flags: 4, to: 'client' })).toBe(true)
    expect(fits('every packet from client to server on port 80', {})).toBe(true)
    expect(fits('every packet on port 81', {})).toBe(false)
  })

  it.each([
    ['', 'an empty packet rule'],
    ['the frist FIN', '"frist" is not understood; expected which (first to tenth'],
    ['the first FNI', '"FNI" is not understood; expected a kind: packet'],
    ["nobody's first FIN", '"nobody\'s" is not understood; expected a host: client, server'],
    ['the first FIN of', 'it ends too early; expected a host'],
    ['the first FIN by client', '"by" is not understood; expected of, from or to'],
    ['the final FIN', '"FIN" is not understood; expected ACK'],
    ['every FIN on port http', '"http" is not understood; expected a port number'],
    ['every FIN on fire', '"fire" is not understood; expected "port"'],
    ['the first', 'it ends too early; expected a kind'],
  ])('says what is wrong with %j', (rule, message) => {
    expect(() => parsePacketRule(rule, HOSTS)).toThrow(PacketRuleError)
    expect(() => parsePacketRule(rule, HOSTS)).toThrow(message)
  })
})
