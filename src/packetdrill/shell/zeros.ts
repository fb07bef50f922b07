/** Commands that make files of a certain length, for sendfile() and splice(): only how much they send counts, not what. */
import type { ShellFiles } from './files.ts'

/** More than any script sends. */
const OCTETS_MOST = 2 ** 26
const UNITS: Readonly<Record<string, number>> = { c: 1, w: 2, b: 512, k: 1024, kb: 1000, m: 2 ** 20, mb: 1e6 }

/** `4096`, `64k`, `1M`; undefined for anything else, or too much. */
function octetsOf(text: string | undefined): number | undefined {
  const [, digits, unit = ''] = /^(\d+)([a-z]*)$/i.exec(text ?? '') ?? []
  const factor = unit === '' ? 1 : UNITS[unit.toLowerCase().replace(/^([km])ib$/, '$1')]
  const octets = digits === undefined || factor === undefined ? Number.NaN : Number(digits) * factor
  return octets <= OCTETS_MOST ? octets : undefined
}

/** `dd if=/dev/zero of=/tmp/file bs=1000 count=10`; false: something else is asked for. */
export function dd(args: readonly string[], files: ShellFiles): boolean {
  const operands = new Map(args.map((arg) => arg.split('=', 2) as [string, string]))
  const others = [...operands.keys()].filter((name) => !/^(?:if|of|bs|count|status|conv)$/.test(name))
  const [size, count] = [octetsOf(operands.get('bs') ?? '512'), octetsOf(operands.get('count'))]
  const target = operands.get('of')
  const makes = /^\/dev\/(?:zero|u?random)$/.test(operands.get('if') ?? '') && others.length === 0
  if (!makes || target === undefined || size === undefined || count === undefined || size * count > OCTETS_MOST)
    return false
  files.write(target, '\0'.repeat(size * count), false)
  return true
}

/** `truncate -s 10000 /tmp/file`, `fallocate -l 10000 /tmp/file`; false: something else is asked for. */
export function truncate(args: readonly string[], files: ShellFiles): boolean {
  const words = args.flatMap((arg) => (/^-[sl]./.test(arg) ? [arg.slice(0, 2), arg.slice(2)] : [arg]))
  const at = words.findIndex((word) => word === '-s' || word === '-l')
  const length = at < 0 ? undefined : octetsOf(words[at + 1])
  const names = words.filter((_word, i) => i !== at && i !== at + 1)
  if (length === undefined || names.length === 0 || names.some((name) => name.startsWith('-'))) return false
  for (const name of names) files.write(name, '\0'.repeat(length), false)
  return true
}
