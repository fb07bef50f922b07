import type {
  Action,
  EventTime,
  Expression,
  IcmpSpec,
  IpItem,
  PacketSpec,
  PortPair,
  Script,
  ScriptEvent,
  StructField,
  TcpOptionSpec,
  TcpSpec,
} from './ast.ts'

const SECOND_US = 1_000_000
const TWO_32 = 2 ** 32

/** A script in its own notation; reading it again gives the same script. */
export function printScript(script: Script): string {
  const lines: string[] = []
  for (const { name, value } of script.options) lines.push(value === null ? `--${name}` : `--${name}=${quoted(value)}`)
  if (script.init !== null) lines.push(`\`${script.init.text}\``)
  for (const event of script.events) lines.push(printEvent(event))
  if (script.cleanup !== null) lines.push(`\`${script.cleanup.text}\``)
  return lines.map((line) => `${line}\n`).join('')
}

function quoted(value: string): string {
  // Of `NAME="two words"` the quotes are there.
  return /\s/.test(value) && !/^(?:\w+\s*=\s*)?["`]/.test(value) ? `"${value}"` : value
}

/** One event with its time. */
export function printEvent({ time, endUs, action }: ScriptEvent): string {
  return `${printTime(time, endUs)} ${printAction(action)}`
}

function printTime(time: EventTime, endUs: number | null): string {
  switch (time.kind) {
    case 'any':
      return '*'
    case 'absolute':
      return printSeconds(time.us) + printEnd(endUs)
    case 'relative':
      return `+${printSeconds(time.us)}${printEnd(endUs)}`
    case 'absolute-range':
      return `${printSeconds(time.us)}~${printSeconds(time.untilUs)}`
    case 'relative-range':
      return `+${printSeconds(time.us)}~+${printSeconds(time.untilUs)}`
  }
}

function printEnd(endUs: number | null): string {
  return endUs === null ? '' : `...${printSeconds(endUs)}`
}

/** Seconds as scripts write them: `0`, `0.1`, `12.000005`. */
export function printSeconds(us: number): string {
  return String(Number((us / SECOND_US).toFixed(6)))
}

function printAction(action: Action): string {
  switch (action.kind) {
    case 'packet':
      return printPacket(action.packet)
    case 'shell':
      return `\`${action.command.text}\``
    case 'code':
      return `%{${action.text}}%`
    case 'call': {
      const { name, args, result } = action.call
      const errno = result.errno === null ? '' : ` ${result.errno}`
      const note = result.note === null ? '' : ` (${result.note})`
      return `${name}(${args.map(printExpression).join(', ')}) = ${printExpression(result.value)}${errno}${note}`
    }
  }
}

/** A packet as scripts write it, direction first. */
export function printPacket({ direction, encapsulations, ip, body }: PacketSpec): string {
  const words = [direction === 'in' ? '<' : '>']
  const inUdp = encapsulations.filter(({ kind }) => kind === 'udp').map(({ detail }) => `/udp(${detail})`)
  const outside = encapsulations.filter(({ kind }) => kind !== 'udp')
  for (const { kind, detail } of outside) words.push(detail === '' ? `${kind}:` : `${kind} ${detail}:`)
  if (ip.length > 0) words.push(`[${ip.map(printIpItem).join(', ')}]`)
  if (body.kind === 'tcp') words.push(printTcp(body))
  else if (body.kind === 'udp') words.push(`${printPorts(body.ports)}udp (${body.length})`)
  else words.push(printIcmp(body, inUdp))
  if (body.kind === 'tcp') words.push(...inUdp)
  return words.join(' ')
}

/** One word of the IP header as scripts write it. */
export function printIpItem(item: IpItem): string {
  if (item.kind === 'ecn') return item.value
  return `${item.kind} ${item.kind === 'ttl' ? item.value : `0x${item.value.toString(16)}`}`
}

function printPorts(ports: PortPair | null): string {
  return ports === null ? '' : `${ports.source} > ${ports.destination} `
}

function printTcp(tcp: TcpSpec): string {
  const words = [`${printPorts(tcp.ports)}${tcp.flags === '' ? '-' : tcp.flags} ${printSequence(tcp)}`]
  if (tcp.ack !== null) words.push(`ack ${tcp.ack}`)
  if (tcp.window !== null) words.push(`win ${tcp.window}`)
  if (tcp.urgent !== null) words.push(`urg ${tcp.urgent}`)
  if (tcp.options === 'any') words.push('<...>')
  else if (tcp.options !== null) words.push(`<${tcp.options.map(printTcpOption).join(',')}>`)
  return words.join(' ')
}

function printSequence({ seq, length, numbering }: TcpSpec): string {
  if (numbering === 'any') return `...(${length})`
  return printRange(seq, length) + (numbering === 'absolute' ? '!' : '')
}

function printRange(seq: number, length: number): string {
  return `${seq}:${(seq + length) % TWO_32}(${length})`
}

/** One TCP option as scripts write it. */
export function printTcpOption(option: TcpOptionSpec): string {
  switch (option.kind) {
    case 'nop':
    case 'eol':
    case 'sackOK':
      return option.kind
    case 'mss':
      return `mss ${option.value}`
    case 'wscale':
      return `wscale ${option.value ?? '*'}`
    case 'sack':
      return `sack ${option.blocks.map(([left, right]) => `${left}:${right}`).join(' ')}`
    case 'TS':
      return `TS val ${option.val ?? '...'} ecr ${option.ecr}${option.absolute ? '!' : ''}`
    case 'FO':
    case 'FOEXP':
    case 'md5':
      return option.hex === '' ? option.kind : `${option.kind} ${option.hex}`
    case 'exp':
      return option.words
    case 'accecn':
      if (option.bareOrderOne === true) return 'AccECN1'
      return ['ECN', ...option.fields.map(({ name, value }) => `${name} ${value}`)].join(' ')
  }
}

function printIcmp({ type, code, mtu, id, echoed }: IcmpSpec, inUdp: readonly string[]): string {
  const words: string[] = []
  if (echoed?.kind === 'tcp') words.push(`[${printRange(echoed.seq, echoed.length)}${inUdp.join('')}]`)
  else if (echoed !== null) words.push(`[${echoed.kind} (${echoed.length})]`)
  words.push('icmp', type)
  if (code !== null) words.push(code)
  if (mtu !== null) words.push(`mtu ${mtu}`)
  if (id !== null) words.push(`id ${id}`)
  return words.join(' ')
}

/** An argument as scripts write it. */
export function printExpression(expression: Expression): string {
  switch (expression.kind) {
    case 'ellipsis':
      return '...'
    case 'integer':
      return expression.hex
        ? `${expression.value < 0 ? '-' : ''}0x${Math.abs(expression.value).toString(16)}`
        : String(expression.value)
    case 'string':
      return `"${expression.value.replace(/[\\"\n\t\r\0]/g, (character) => ESCAPED[character] ?? character)}"`
    case 'word':
      return expression.name
    case 'or':
      return expression.parts.map(printExpression).join('|')
    case 'list':
      return `[${expression.items.map(printExpression).join(', ')}]`
    case 'struct':
      return `{${expression.fields.map(printField).join(', ')}}`
    case 'call':
      return `${expression.name}(${expression.args.map(printExpression).join(', ')})`
  }
}

const ESCAPED: Readonly<Record<string, string>> = {
  '\\': '\\\\',
  '"': '\\"',
  '\n': '\\n',
  '\t': '\\t',
  '\r': '\\r',
  '\0': '\\0',
}

function printField({ name, count, value }: StructField): string {
  if (name === null) return printExpression(value)
  return `${name}${count === null ? '' : `(${printExpression(count)})`}=${printExpression(value)}`
}
