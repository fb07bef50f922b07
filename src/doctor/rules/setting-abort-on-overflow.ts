import type { Rule } from '../context.ts'
import { finding, sysctlNumber, word } from '../evidence.ts'
import { setSysctl } from '../remedies.ts'

const ID = 'setting-abort-on-overflow'
const NAME = 'net.ipv4.tcp_abort_on_overflow'

/** tcp_abort_on_overflow: a momentary burst becomes an error for the clients. */
export const settingAbortOnOverflow: Rule = {
  id: ID,
  about: 'tcp_abort_on_overflow = 1, which resets clients that would have got through a second later',
  needs: [],
  judge(context) {
    const value = sysctlNumber(context, NAME)
    if (value === undefined || value === 0) return []
    return [
      finding({
        rule: ID,
        key: '',
        title: 'tcp_abort_on_overflow resets clients when an accept queue is full for a moment',
        severity: 'info',
        evidence: [word('tcp_abort_on_overflow', String(value))],
        owner: { kind: 'host' },
        explanation: [
          "With it on, the handshake's last ACK is answered with RST when the accept queue is full.",
          'A SYN that finds the queue full still gets no answer, so clients do not fail faster in general.',
          'Without it the ACK is dropped and the client gets in a second later, as most bursts are over by then.',
        ],
        remedies: [setSysctl('Turn it off, and make the backlog larger', NAME, '0', 'None.')],
        rows: [],
      }),
    ]
  },
}
