// Writes a large capture to measure with: `node scripts/make-capture.mjs FILE [OCTETS] [SEGMENTS]`. Every connection is a handshake, so
// many segments of data each way, and a close that one in ten leaves out. Equal arguments give equal files.
import { closeSync, openSync, writeSync } from 'node:fs'
import { Address, buildTcpPacket, LinkType, PcapngWriter } from '../dist/wire/index.js'

const [file, octets = '1e9', segments = '20'] = process.argv.slice(2)
const [most, each] = [Number(octets), Number(segments)]
if (file === undefined || file.startsWith('-') || !(most > 0) || !(each >= 0)) {
  console.error('usage: node scripts/make-capture.mjs FILE [OCTETS] [SEGMENTS]')
  process.exit(2)
}

const [FIN, SYN, PSH, ACK] = [1, 2, 8, 16]
const DATA = new Uint8Array(1000)
const NONE = new Uint8Array(0)
const server = Address.v4(0x0a000001)
const writer = new PcapngWriter('make-capture')
const nic = writer.addInterface('wire', LinkType.RAW)
const out = openSync(file, 'w')

let written = 0
for (let n = 0; written < most; n++) {
  const client = Address.v4(0x0a010000 + (n % 60_000))
  const port = 1024 + (Math.floor(n / 60_000) % 60_000)
  const next = [n * 7919, n * 104_729]
  let time = n * 100
  const send = (from, ctl, data = NONE) => {
    const [source, destination] = from === 0 ? [client, server] : [server, client]
    const [sourcePort, destinationPort] = from === 0 ? [port, 443] : [443, port]
    const [seq, ack] = [next[from] | 0, ctl === SYN ? 0 : next[1 - from] | 0]
    const packet = buildTcpPacket({
      source,
      destination,
      sourcePort,
      destinationPort,
      seq,
      ack,
      ctl,
      wnd: 65_000,
      data,
    })
    next[from] += data.length + (ctl & SYN ? 1 : 0) + (ctl & FIN ? 1 : 0)
    writer.addPacket(nic, 1e15 + time, packet, 0, packet.length)
    time += 1
  }
  send(0, SYN)
  send(1, SYN | ACK)
  send(0, ACK)
  for (let i = 0; i < each; i++) {
    send(i % 2, PSH | ACK, DATA)
    send(1 - (i % 2), ACK)
  }
  send(0, FIN | ACK)
  send(1, ACK)
  if (n % 10 !== 0) {
    send(1, FIN | ACK)
    send(0, ACK)
  }
  written += writeSync(out, writer.take())
}
closeSync(out)
console.log(`${file}: ${written} octets`)
