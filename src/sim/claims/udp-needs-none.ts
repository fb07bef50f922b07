import { SECOND } from '../../base/index.ts'
import type { Claim } from '../lab/claim.ts'
import { dial, listen } from '../lab/programs.ts'

const MESSAGES = ['first', 'second', 'third']

/** True: a lost datagram stays lost. */
export const udpNeedsNone: Claim = {
  id: 'udp-needs-none',
  claim: 'UDP has no closing sequence, and no repair',
  personality: 'linux',
  expected: 'true',
  explanation:
    'A UDP socket has no connection to close: close() sends nothing and leaves nothing behind. Nor does anyone notice that a datagram is missing. TCP, beside it on the same wire and with the same packet lost, repairs the loss, and pays with a closing sequence so that both ends know where the stream ends.',
  mutation: 'no-retransmission',
  cases: [
    {
      id: 'run',
      title: 'three messages over UDP and over TCP, the second of each lost',
      *story(lab) {
        const { client, server } = lab.pair()
        const got = { udp: '', tcp: '' }
        const packets = { udp: 0, udpAfterClose: 0, fin: 0 }
        let closedAt = Number.POSITIVE_INFINITY
        lab.world.rule(
          (packet) => {
            if (packet.protocol === 'udp') packets.udp++
            if (packet.protocol !== 'tcp' && lab.now > closedAt) packets.udpAfterClose++
            if ((packet.flags & 1) !== 0) packets.fin++
            return false
          },
          { kind: 'pass' },
          'counting',
        )
        lab.world.drop('the second datagram of client')
        lab.world.drop("client's second data segment")
        server.run('udp server', function* (p) {
          const fd = p.socket('udp')
          p.bind(fd, '0.0.0.0', 7777)
          for (;;) got.udp += (yield* p.recv(fd, 100)).text
        })
        server.run('tcp server', function* (p) {
          const conn = yield* p.accept(listen(p, 80))
          for (;;) {
            const { result, text } = yield* p.recv(conn, 100)
            if (result <= 0) break
            got.tcp += text
          }
          p.close(conn)
        })
        client.run('udp client', function* (p) {
          const fd = p.socket('udp')
          yield* p.connect(fd, 'server', 7777)
          for (const message of MESSAGES) {
            yield* p.send(fd, `${message} `)
            yield* p.sleep(SECOND)
          }
          p.close(fd)
          closedAt = lab.now
        })
        client.run('tcp client', function* (p) {
          const fd = yield* dial(p, 'server', 80)
          for (const message of MESSAGES) {
            yield* p.send(fd, `${message} `)
            yield* p.sleep(SECOND)
          }
          p.close(fd)
        })
        yield* lab.sleep(100 * SECOND)
        lab.say(`Over UDP: ${got.udp}. Over TCP: ${got.tcp}.`)
        lab.fact('messages over UDP', got.udp.split(' ').length - 1)
        lab.fact('messages over TCP', got.tcp.split(' ').length - 1)
        lab.fact('datagrams', packets.udp)
        lab.fact('packets after the UDP close', packets.udpAfterClose)
        lab.fact('FINs', packets.fin)
      },
      judge(evidence) {
        const udp = evidence.fact('messages over UDP')
        const tcp = evidence.fact('messages over TCP')
        const silent =
          evidence.fact('packets after the UDP close') === 0 && evidence.fact('datagrams') === MESSAGES.length
        return {
          holds: silent && udp === MESSAGES.length - 1 && tcp === MESSAGES.length && evidence.fact('FINs') >= 2,
          because: `UDP: ${evidence.fact('datagrams')} datagrams, none to close, ${udp} of ${MESSAGES.length} messages read; TCP: ${evidence.fact('FINs')} FINs, ${tcp} of ${MESSAGES.length} messages read`,
        }
      },
    },
  ],
}
