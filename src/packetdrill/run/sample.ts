import { entryOf, nearest, orList } from '../../base/index.ts'
import { isLinger, Level, type OptionBox, TcpOption, type TcpStatus } from '../../stack/index.ts'
import { SYMBOLS } from '../calls/symbols/index.ts'
import type { Lookup } from '../code/evaluate.ts'
import type { HostStage } from './host-stage.ts'
import { Unsupported } from './outcome.ts'

const MEMINFO = [
  'RMEM_ALLOC',
  'RCVBUF',
  'WMEM_ALLOC',
  'SNDBUF',
  'FWD_ALLOC',
  'WMEM_QUEUED',
  'OPTMEM',
  'BACKLOG',
  'DROPS',
]

/** Fields that Linux has kept and no longer fills. */
const UNUSED: Readonly<Record<string, number>> = { tcpi_fackets: 0, tcpi_last_ack_sent: 0, tcpi_options2: 0 }

/** What a code block sees of a socket: TCP_INFO, SO_MEMINFO and the names of numbers, all as they are now. */
export function sample(stage: HostStage, fd: number): Lookup {
  const box: OptionBox = { value: 0 }
  const read = stage.process.getsockopt(fd, Level.IPPROTO_TCP, TcpOption.INFO, box)
  const info =
    read === 0 && typeof box.value === 'object' && !isLinger(box.value) ? (box.value as TcpStatus) : undefined
  const memory = memoryOf(stage, fd)
  return (name) => {
    if (name.startsWith('tcpi_')) {
      const value = entryOf((info ?? {}) as Readonly<Record<string, number | bigint>>, name.slice('tcpi_'.length))
      if (value !== undefined) return value
      return entryOf(UNUSED, name) ?? unknown(name, info)
    }
    const index = MEMINFO.indexOf(name.replace(/^SK_MEMINFO_/i, '').toUpperCase())
    if (index >= 0 && /^SK_MEMINFO_/i.test(name)) return memory?.[index]
    return SYMBOLS.get(name)
  }
}

function unknown(name: string, info: TcpStatus | undefined): never {
  const near = nearest(name.slice('tcpi_'.length), Object.keys(info ?? {})).map((field) => `tcpi_${field}`)
  const hint = near.length === 0 ? '' : ` (did you mean ${orList(near)}?)`
  throw new Unsupported(`code: name ${name}${info === undefined ? ': there is no socket to ask' : hint}`)
}

function memoryOf(stage: HostStage, fd: number): readonly number[] | undefined {
  const conn = stage.process.file(fd)?.conn
  const row = stage.host.describeSockets().find(({ cookie, memory }) => memory !== undefined && cookie === conn)
  const memory = row?.memory
  if (memory === undefined) return undefined
  const { rmemAlloc, rcvbuf, wmemAlloc, sndbuf, fwdAlloc, wmemQueued, optmem, backlog, drops } = memory
  return [rmemAlloc, rcvbuf, wmemAlloc, sndbuf, fwdAlloc, wmemQueued, optmem, backlog, drops]
}
