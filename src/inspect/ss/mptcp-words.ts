import type { MptcpInfo, SubflowInfo, UpperLayer } from '../socket-row.ts'

/** What `-i` prints of a multipath connection, each word behind a blank, in ss 6.1's order; zero is to ss "not known". */
export function mptcpWords(info: MptcpInfo): string {
  const counts = (names: readonly (keyof MptcpInfo)[]): string =>
    names.map((name) => (info[name] ? ` ${name}:${info[name]}` : '')).join('')
  const hex = (names: readonly (keyof MptcpInfo)[]): string =>
    names.map((name) => (info[name] ? ` ${name}:${info[name].toString(16)}` : '')).join('')
  return [
    counts(['subflows', 'add_addr_signal', 'add_addr_accepted']),
    counts(['subflows_max', 'add_addr_signal_max', 'add_addr_accepted_max']),
    info.fallback ? ' fallback' : '',
    info.remote_key ? ' remote_key' : '',
    hex(['token', 'write_seq', 'snd_una', 'rcv_nxt']),
  ].join('')
}

/** ` tcp-ulp-mptcp flags:Mec …`: what rides on a TCP connection. */
export function upperLayerWords({ name, subflow }: UpperLayer): string {
  return ` tcp-ulp-${name}${subflow === undefined ? '' : subflowWords(subflow)}`
}

/** `MPTCP_SUBFLOW_FLAG_*`, from bit 0: with capital letters what the other end has done. */
const FLAG_LETTERS = 'MmJjBbecv'

function subflowWords(subflow: SubflowInfo): string {
  const { flags, token_rem, token_loc, id_rem, id_loc, map_seq, map_sfseq, ssn_offset, map_datalen } = subflow
  let text = ''
  if (flags)
    text += ` flags:${FLAG_LETTERS.split('')
      .filter((_, bit) => (flags & (1 << bit)) !== 0)
      .join('')}`
  if (token_rem !== undefined && token_loc !== undefined && id_rem !== undefined && id_loc !== undefined) {
    text += ` token:${token(token_rem)}(id:${id_rem})/${token(token_loc)}(id:${id_loc})`
  }
  if (map_seq !== undefined) text += ` seq:${map_seq.toString(16)}`
  if (map_sfseq !== undefined) text += ` sfseq:${map_sfseq.toString(16)}`
  if (ssn_offset !== undefined) text += ` ssnoff:${ssn_offset.toString(16)}`
  if (map_datalen !== undefined) text += ` maplen:${map_datalen.toString(16)}`
  return text
}

function token(value: number): string {
  return value.toString(16).padStart(4, '0')
}
