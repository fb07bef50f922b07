/** What reading and writing have in common: flags, buffers, vectors, and what is wrong before an octet moves. */
import { Msg } from '../../stack/index.ts'
import type { Expression, StructField } from '../language/ast.ts'
import { Mismatch } from '../run/outcome.ts'
import { failure, type Scene } from './scene.ts'
import { isNowhere, isOpen, numberOf } from './values.ts'

/** Elements of a vector at most (IOV_MAX). */
const VECTOR_MOST = 1024
/** Octets that a call takes at once: more is never there to be read, and nobody has so much room for what is written. */
const OCTETS_MOST = 2 ** 28
const KNOWN_FLAGS: number = Object.values(Msg).reduce((bits: number, bit) => bits | bit, 0)

/** Flags of a transfer; what means nothing is passed over, as kernels do. */
export function messageFlags(argument: Expression | undefined): number {
  return isOpen(argument) ? 0 : numberOf(argument, 'the flags') & KNOWN_FLAGS
}

/** Room for so many octets, as far as a call can need them. */
export function room(count: number): Uint8Array {
  return new Uint8Array(Math.min(Math.max(0, count), OCTETS_MOST))
}

/** As many octets as `count` says: the script's text, or zeros. */
export function dataOf(buffer: Expression | undefined, count: number): Uint8Array {
  const data = room(count)
  const text = textOf(buffer)
  if (text !== null) for (let i = 0; i < data.length; i++) data[i] = text.charCodeAt(i)
  return data
}

/** How many octets a call is told of; without a number, as many as its text has. */
export function sizeOf(buffer: Expression | undefined, count: Expression | undefined): number {
  if (count !== undefined && !isOpen(count)) return numberOf(count, 'the number of octets')
  return textOf(buffer)?.length ?? 0
}

/** A buffer whose content the script names. */
export function textOf(buffer: Expression | undefined): string | null {
  return buffer?.kind === 'string' ? buffer.value : null
}

/** The elements of a vector that a call was told of. */
function elementsOf(vector: Expression | undefined, count: Expression | null | undefined): readonly StructField[][] {
  if (count !== undefined && count !== null && !isOpen(count) && numberOf(count, 'the number of elements') === 0)
    return []
  if (isOpen(vector) || isNowhere(vector)) return []
  if (vector?.kind !== 'list') throw new Mismatch('the vector is no list [{..., N}, …]')
  const most = isOpen(count ?? undefined) ? vector.items.length : numberOf(count ?? undefined, 'the number of elements')
  return vector.items.slice(0, most).map((item) => {
    if (item.kind !== 'struct') throw new Mismatch('an element of the vector is no {..., N}')
    return [...item.fields]
  })
}

/** The octets of `[{..., 100}, {..., 200}]` together. */
export function vectorLength(vector: Expression | undefined, count?: Expression | null): number {
  return vectorPieces(vector, count).reduce((sum, length) => sum + length, 0)
}

/** The octets of each element. */
export function vectorPieces(vector: Expression | undefined, count?: Expression | null): number[] {
  return elementsOf(vector, count).map((fields) => {
    const length = fields.find(({ name }) => name === 'iov_len') ?? fields[1]
    return numberOf(length?.value, 'the length of an element')
  })
}

/** Where the first octets of a vector lie. */
export function firstBase(vector: Expression | undefined, count?: Expression | null): Expression | undefined {
  const [fields] = elementsOf(vector, count)
  return (fields?.find(({ name }) => name === 'iov_base') ?? fields?.[0])?.value
}

/** What the elements of a vector are to hold together, where each of them says so. */
export function vectorText(vector: Expression | undefined, count?: Expression | null): string | null {
  const texts = elementsOf(vector, count).map((fields, i) => {
    const base = textOf((fields.find(({ name }) => name === 'iov_base') ?? fields[0])?.value)
    const length = vectorPieces(vector, count)[i] as number
    return base === null ? null : base.slice(0, length).padEnd(length, '\0')
  })
  return texts.length === 0 || texts.includes(null) ? null : texts.join('')
}

/** What is wrong with a vector before anything is read of it or written: −errno, or 0. */
export function vectorFailure(
  scene: Scene,
  fd: number,
  vector: Expression | undefined,
  count: Expression | null | undefined,
  tooMany: 'EINVAL' | 'EMSGSIZE',
): number {
  if (!scene.files.has(fd)) return failure(scene, 'EBADF')
  const number = isOpen(count ?? undefined) ? 0 : numberOf(count ?? undefined, 'the number of elements')
  if (number < 0 || number > VECTOR_MOST) return failure(scene, tooMany)
  if (isNowhere(vector) && number > 0) return failure(scene, 'EFAULT')
  const negative = elementsOf(vector, count).some((fields) => {
    const length = fields.find(({ name }) => name === 'iov_len') ?? fields[1]
    return numberOf(length?.value, 'the length of an element') < 0
  })
  return negative ? failure(scene, 'EINVAL') : 0
}

/** What a descriptor that is not open for reading or writing says, whatever else is wrong: −errno, or 0. */
export function fileFailure(scene: Scene, fd: number, how: 'read' | 'write'): number {
  const file = scene.files.get(fd)
  if (file?.kind === 'epoll') return failure(scene, 'EINVAL')
  const wrongEnd = file?.kind === 'pipe' && file.end !== how
  const shut = file?.kind === 'disk' && file.access === (how === 'write' ? 0 : 1)
  return wrongEnd || shut ? failure(scene, 'EBADF') : 0
}

/** read() or write() of −1 octets, which is more than there is memory: a system looks where they would lie, or at the number. */
export function beyondMemory(scene: Scene, fd: number, how: 'read' | 'write'): number {
  if (!scene.files.has(fd)) return failure(scene, 'EBADF')
  return fileFailure(scene, fd, how) || -scene.host.errno(scene.host.personality.sockets.beyondMemory)
}
