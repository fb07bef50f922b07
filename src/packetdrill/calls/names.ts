import { AF_INET6, newSocketName, type SocketName } from '../../stack/index.ts'
import { Address } from '../../wire/index.ts'
import type { Expression } from '../language/ast.ts'
import { printExpression } from '../language/print.ts'
import { Mismatch } from '../run/outcome.ts'
import { failure, type Handler, liveFd, once, type Scene } from './scene.ts'
import { addressParts, addressText, inner, isNowhere, isOpen, numberOf } from './values.ts'

const LENGTH4 = 16
const LENGTH6 = 28

/**
 * Compares an address that a call filled in, and its length, with what the script expects of them; `...` and NULL leave them open.
 *
 * @throws {Mismatch}
 */
export function checkName(
  given: Expression | undefined,
  length: Expression | undefined,
  { family, address, port }: SocketName,
): void {
  const octets = family === AF_INET6 ? LENGTH6 : LENGTH4
  const told = inner(length)
  if (!isOpen(told) && !isNowhere(length) && numberOf(told, 'the length of the address') !== octets)
    throw new Mismatch(`the address has ${octets} octets, expected ${printExpression(told as Expression)}`)
  if (isOpen(given) || isNowhere(given)) return
  const expected = addressParts(given, 'the address')
  const wrong = (): never => {
    throw new Mismatch(`the address is ${address}, port ${port}, expected ${printExpression(given as Expression)}`)
  }
  if (!isOpen(expected.family) && numberOf(expected.family, 'sa_family') !== family) wrong()
  if (!isOpen(expected.port) && numberOf(expected.port, 'the port') !== port) wrong()
  if (isOpen(expected.address)) return
  const text = addressText(expected.address as Expression, 'the address')
  if (Address.parse(text)?.toString() !== Address.parse(address)?.toString()) wrong()
}

function nameOf(ask: (scene: Scene, live: number, into: SocketName) => number): Handler {
  return ([fd, address, length], scene) => {
    const name = newSocketName()
    const result = ask(scene, liveFd(scene, numberOf(fd, 'the descriptor')), name)
    const nowhere = result === 0 && (isNowhere(address) || isNowhere(length))
    return nowhere
      ? once(failure(scene, 'EFAULT'))
      : once(result, () => result === 0 && checkName(address, length, name))
  }
}

/** `getsockname(4, {sa_family=AF_INET, sin_port=htons(8080), sin_addr=inet_addr("192.168.0.1")}, [16])` */
export const getsockname: Handler = nameOf(({ process }, live, into) => process.getsockname(live, into))

/** `getpeername(4, ..., ...)` */
export const getpeername: Handler = nameOf(({ process }, live, into) => process.getpeername(live, into))
