import type { StatisticsSelection } from './query.ts'
import { HISTOGRAM_TITLES, SENTENCES, type Sentence } from './statistics-sentences.ts'

/**
 * A host's counters: group, then name, then value, in the kernel's order. Groups have the names of /proc/net/snmp and /proc/net/netstat
 * (`Tcp`, `TcpExt`); those of /proc/net/snmp6 are `Ip6`, `Icmp6`, `Udp6`, `UdpLite6`, their counters' names without that beginning.
 */
export type Counters = Readonly<Record<string, Readonly<Record<string, number | bigint>>>>

const EVERYTHING: StatisticsSelection = { family: 4, tcp: true, udp: true, raw: true }

/**
 * What `netstat -s` of net-tools 2.10 prints, to the octet. Counters that it has no sentence for are printed by their name,
 * unless they are zero.
 */
export function printNetstatStatistics(counters: Counters, selection: StatisticsSelection = EVERYTHING): string {
  const isOfFamily = (group: string): boolean => group === 'Tcp' || group.endsWith('6') === (selection.family === 6)
  const groups = Object.entries(counters).filter(([group]) => isOfFamily(group))
  // IPv6's counters come from a file of their own, and TCP's, which are common to both families, behind them.
  if (selection.family === 6) groups.sort(([a], [b]) => Number(a === 'Tcp') - Number(b === 'Tcp'))
  const printer = new StatisticsPrinter()
  for (const [group, values] of groups) printer.group(group, isSelected(group, selection) ? values : undefined)
  return printer.text
}

function isSelected(group: string, selection: StatisticsSelection): boolean {
  switch (group.replace(/6$/, '')) {
    case 'Ip':
    case 'Icmp':
      return selection.raw
    case 'Udp':
      return selection.udp
    case 'Tcp':
    case 'TcpExt':
      return selection.tcp
    default:
      return true
  }
}

class StatisticsPrinter {
  text = ''
  /** Where the line before stood. Titles and unknown counters stand there too, even behind the title of an unknown group. */
  #within: Sentence['within'] = 'group'

  /** Without values the group is passed over, which ends an indentation all the same. */
  group(group: string, values: Readonly<Record<string, number | bigint>> | undefined): void {
    const sentences = SENTENCES[group]
    if (sentences !== undefined || group.endsWith('6')) this.#within = 'group'
    if (values === undefined) return
    this.text += `${group}:\n`
    for (const [name, value] of Object.entries(values)) this.#counter(group, name, value, sentences?.[name])
  }

  #counter(group: string, name: string, value: number | bigint, sentence: Sentence | undefined): void {
    const isZero = value === 0 || value === 0n
    if (sentence === undefined) {
      // The kernel's own name, which in the counters of IPv6 begins with the group.
      if (!isZero) this.#line(`${group.endsWith('6') ? group : ''}${name}: ${value}`)
      return
    }
    if (sentence.text === '') return
    if (sentence.within !== 'group' && sentence.within !== this.#within) this.#line(HISTOGRAM_TITLES[sentence.within])
    if (!isZero || sentence.evenZero) this.#line(sentence.text.replace('%', String(value)), sentence.within)
    this.#within = sentence.within
  }

  #line(text: string, within: Sentence['within'] = this.#within): void {
    this.text += `${within === 'group' ? '    ' : '        '}${text}\n`
  }
}
