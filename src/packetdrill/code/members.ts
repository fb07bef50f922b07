import { Unsupported } from '../run/outcome.ts'
import { builtin, orderOf } from './builtins.ts'
import { Float } from './float.ts'
import { formatWith, reprOf, textOf, widthOf } from './format.ts'
import { placeIn } from './indexing.ts'
import { ofMath } from './math.ts'
import { countOf } from './numbers.ts'
import {
  Callable,
  CodeError,
  Dictionary,
  isSequence,
  List,
  listOf,
  MODULES,
  Module,
  membersOf,
  same,
  type Value,
} from './values.ts'

type Named = ReadonlyMap<string, Value>
type Method<T> = (of: T, args: readonly Value[], named: Named) => Value

const pattern = (text: string): RegExp => new RegExp(`^[${text.replace(/[\\\]^-]/g, '\\$&')}]+`)
const strip = (text: string, letters: Value | undefined): string =>
  letters === undefined || letters === null ? text.trimStart() : text.replace(pattern(textOf(letters)), '')
const reversed = (text: string): string => Array.from(text).reverse().join('')

const zeroFilled = (text: string, size: number): string =>
  text.replace(/^([-+]?)(.*)$/s, (_, sign: string, rest: string) => sign + rest.padStart(size - sign.length, '0'))

const TEXT: Readonly<Record<string, Method<string>>> = {
  format: formatWith,
  join: (of, [items = null]) => membersOf(items, 'join()').map(textOf).join(of),
  split: (of, [mark]) =>
    listOf(mark === undefined || mark === null ? of.trim().split(/\s+/).filter(Boolean) : of.split(textOf(mark))),
  splitlines: (of) => listOf(of.split('\n')),
  strip: (of, [letters]) => reversed(strip(reversed(strip(of, letters)), letters)),
  lstrip: (of, [letters]) => strip(of, letters),
  rstrip: (of, [letters]) => reversed(strip(reversed(of), letters)),
  startswith: (of, [start = '']) => (isSequence(start) ? start : [start]).some((one) => of.startsWith(textOf(one))),
  endswith: (of, [end = '']) => (isSequence(end) ? end : [end]).some((one) => of.endsWith(textOf(one))),
  replace: (of, [from = '', to = '']) => of.replaceAll(textOf(from), () => textOf(to)),
  upper: (of) => of.toUpperCase(),
  lower: (of) => of.toLowerCase(),
  find: (of, [part = '']) => of.indexOf(textOf(part)),
  count: (of, [part = '']) => of.split(textOf(part)).length - 1,
  zfill: (of, [size = 0]) => zeroFilled(of, widthOf(size)),
  ljust: (of, [size = 0, fill = ' ']) => of.padEnd(widthOf(size), textOf(fill)),
  rjust: (of, [size = 0, fill = ' ']) => of.padStart(widthOf(size), textOf(fill)),
  isdigit: (of) => /^\d+$/.test(of),
}

const SEQUENCE: Readonly<Record<string, Method<readonly Value[]>>> = {
  index: (of, [value = null]) => {
    const at = of.findIndex((one) => same(one, value))
    if (at < 0) throw new CodeError('ValueError', `${reprOf(value)} is not in ${reprOf(of)}`)
    return at
  },
  count: (of, [value = null]) => of.filter((one) => same(one, value)).length,
  copy: (of) => listOf(of),
}

const LIST: Readonly<Record<string, Method<List>>> = {
  append: (of, [value = null]) => changed(of.push(value)),
  add: (of, [value = null]) => changed(of.some((one) => same(one, value)) ? 0 : of.push(value)),
  extend: (of, [items = null]) => changed(of.push(...membersOf(items, 'extend()'))),
  insert: (of, [at = 0, value = null]) => changed(of.splice(countOf(at), 0, value).length),
  pop: (of, [at = -1]) => {
    const [taken] = of.splice(of.length === 0 ? 0 : placeIn(of, at), 1)
    if (taken === undefined) throw new CodeError('IndexError', 'pop() of what is not there')
    return taken
  },
  remove: (of, [value = null]) =>
    changed(
      of.splice(
        of.findIndex((one) => same(one, value)),
        1,
      ).length,
    ),
  clear: (of) => changed(of.splice(0).length),
  reverse: (of) => changed(of.reverse().length),
  sort: (of, _args, named) => changed(of.sort(orderOf(named)).length),
}

const DICTIONARY: Readonly<Record<string, Method<Dictionary>>> = {
  get: (of, [key = null, fallback = null]) => of.get(key) ?? fallback,
  keys: (of) => listOf(of.pairs.map(([key]) => key)),
  values: (of) => listOf(of.pairs.map(([, value]) => value)),
  items: (of) => listOf(of.pairs.map(([key, value]) => [key, value])),
  setdefault: (of, [key = null, fallback = null]) => {
    if (of.get(key) === undefined) of.set(key, fallback)
    return of.get(key) ?? null
  },
  pop: (of, [key = null, fallback]) => {
    const value = of.get(key) ?? fallback
    if (value === undefined) throw new CodeError('KeyError', reprOf(key))
    of.delete(key)
    return value
  },
  update: (of, [other = null]) => {
    if (other instanceof Dictionary) for (const [key, value] of other.pairs) of.set(key, value)
    return null
  },
}

/** A method that changes its list returns nothing, whatever the change says. */
function changed(_count: number): null {
  return null
}

/** What `import` brings. @throws {Unsupported} for a module that is not known */
export function moduleOf(name: string): Module {
  if (!MODULES.includes(name)) throw new Unsupported(`code: import ${name}`)
  return new Module(name)
}

/** `of.name` @throws {Unsupported} for what there is not */
export function member(of: Value, name: string): Value {
  if (of instanceof Module) return moduleMember(of.name, name)
  const method = methodOf(of, name)
  if (method === undefined) throw new Unsupported(`code: ${typeof of === 'string' ? 'a text' : reprOf(of)}.${name}`)
  return new Callable(name, method)
}

function methodOf(of: Value, name: string): ((args: readonly Value[], named: Named) => Value) | undefined {
  const bound = <T>(table: Readonly<Record<string, Method<T>>>, target: T): ReturnType<typeof methodOf> => {
    const found = Object.hasOwn(table, name) ? table[name] : undefined
    return found === undefined ? undefined : (args, named) => found(target, args, named)
  }
  if (typeof of === 'string') return bound(TEXT, of)
  if (of instanceof Dictionary) return bound(DICTIONARY, of)
  if (of instanceof List) return bound(LIST, of) ?? bound(SEQUENCE, of)
  return isSequence(of) ? bound(SEQUENCE, of) : undefined
}

function moduleMember(module: string, name: string): Value {
  if (module === '__future__') return null
  if (module === 'sys' && name === 'exit') return builtin('exit') as Callable
  if (module === 'sys' && /^std(?:out|err)$/.test(name)) return new Module('stream')
  if (module === 'sys' && name === 'version_info') return [3, 11, 0]
  if (module === 'sys' && name === 'maxsize') return 2n ** 63n - 1n
  if (module === 'stream' && name === 'write') return new Callable('write', ([text = '']) => textOf(text).length)
  if (module === 'stream' && name === 'flush') return new Callable('flush', () => null)
  // The program runs when the script is over: nobody waits for it.
  if (module === 'time' && /^(?:sleep|time|monotonic)$/.test(name))
    return new Callable(name, () => (name === 'sleep' ? null : new Float(0)))
  if (module === 'os' && /^getp?pid$/.test(name)) return new Callable(name, () => 1)
  const found = module === 'math' ? ofMath(name) : undefined
  if (found === undefined) throw new Unsupported(`code: ${module}.${name}`)
  return found
}
