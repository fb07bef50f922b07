import type { Rule } from '../context.ts'
import { finding, number, sysctlNumber } from '../evidence.ts'
import { setSysctl } from '../remedies.ts'

const ID = 'setting-fin-timeout'
const NAME = 'net.ipv4.tcp_fin_timeout'
/** Above a minute the kernel waits twice what is beyond the minute: from here it is a minute again. */
const ODD_FROM = 61
const ODD_TO = 89

/** tcp_fin_timeout raised to where it shortens the wait. */
export const settingFinTimeout: Rule = {
  id: ID,
  about: 'tcp_fin_timeout between 61 and 89, which makes orphans leave FIN-WAIT-2 sooner, not later',
  needs: [],
  judge(context) {
    const value = sysctlNumber(context, NAME)
    if (value === undefined || value < ODD_FROM || value > ODD_TO) return []
    const real = 2 * (value - 60)
    return [
      finding({
        rule: ID,
        key: '',
        title: `tcp_fin_timeout = ${value} keeps orphans in FIN-WAIT-2 for about ${real} s, not ${value}`,
        severity: 'info',
        evidence: [number('tcp_fin_timeout', value, 's'), number('FIN-WAIT-2 of an orphan', real, 's')],
        owner: { kind: 'host' },
        explanation: [
          'Beyond 60 s Linux waits in a TIME-WAIT socket for what is over the minute, which comes to 2 · (value − 60).',
          `So ${value} is shorter than the default of 60, although it looks longer.`,
          'And it is no TIME-WAIT setting at all: TIME-WAIT lasts 60 s whatever it says.',
        ],
        remedies: [setSysctl('Use 60 or less, or 90 and more', NAME, '60', 'None.')],
        myth: 'fin-timeout-raise',
        rows: [],
      }),
    ]
  },
}
