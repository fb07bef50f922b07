import { entryOf } from '../../base/index.ts'
import { Mismatch, Unsupported } from '../run/outcome.ts'
import { arithmetic } from './arithmetic.ts'
import { COMMANDS, type CommandScene } from './commands.ts'
import { isMet, type TestWorld } from './conditions.ts'
import { absentScript, REFUSED, ShellFiles } from './files.ts'
import { type FlowShell, playCompound, type Run } from './flow.ts'
import { Jump } from './jump.ts'
import { python, withInput } from './more-commands.ts'
import { parseShellScript } from './parse-shell.ts'
import { type CommandResult, DONE, FAILED } from './result.ts'
import type { ShellScope } from './scope.ts'
import type { Redirection, ShellNode } from './syntax.ts'
import { ScriptSysctls } from './sysctls.ts'
import { Nstat } from './tables.ts'
import { ShellVariables } from './variables.ts'
import { expandOne, expandPattern, expandWords } from './words.ts'
import type { ShellWorld } from './world.ts'

const DEPTH_MAX = 50
/** Programs that run the words behind them, with the options that take a word of their own. */
const WRAPPERS: ReadonlySet<string> = new Set(['sudo', 'exec', 'command', 'builtin', 'nice', 'time', 'nohup', 'stdbuf'])
const SHELLS: ReadonlySet<string> = new Set(['sh', 'bash', 'dash', 'zsh', 'ksh'])
const PYTHON = /^python[\d.]*$/
const INTERPRETERS = /^(?:python[\d.]*|perl)$/

/** Understands the commands that scripts use. There is no shell: what is not understood is refused by name. */
export class Shell {
  readonly #world: ShellWorld
  readonly #sysctls: ScriptSysctls
  readonly #nstat: Nstat
  readonly #files: ShellFiles
  #functions = new Map<string, ShellNode>()
  #variables = new ShellVariables()
  #exitsOnFailure = false
  #depth = 0
  /** Sysctls that were asked for and that this system does not have: a real one says so too. */
  #absent: string[] = []

  constructor(world: ShellWorld) {
    this.#world = world
    this.#sysctls = new ScriptSysctls(world.host)
    this.#nstat = new Nstat(world.host)
    this.#files = new ShellFiles(world, this.#sysctls)
  }

  /** How long a file is that commands have made; undefined: they have made none of that name. */
  lengthOf(path: string): number | undefined {
    return this.#files.lengthOf(path)
  }

  /** @throws {Unsupported} for what is not understood, {Mismatch} when the command fails */
  run(text: string): void {
    this.#absent = []
    this.#files.enter()
    const { status, output } = this.#whole(text, '')
    if (status === 0) return
    if (this.#absent[0] !== undefined) throw new Unsupported(`sysctl ${this.#sysctls.withNearest(this.#absent[0])}`)
    const said = output === '' ? '' : `\n  output    ${output.trim()}`
    throw new Mismatch(`the command failed with status ${status}\n  command   ${text.trim()}${said}`)
  }

  /** A script of its own. */
  #whole(text: string, input: string): CommandResult {
    return this.#subshell(() => {
      this.#exitsOnFailure = false
      return this.#deeper(() =>
        this.#node(parseShellScript(text), { input: { text: input }, tested: false, background: false }),
      )
    })
  }

  #subshell(body: () => CommandResult): CommandResult {
    const [variables, functions, exitsOnFailure] = [this.#variables, this.#functions, this.#exitsOnFailure]
    this.#variables = variables.copy()
    this.#functions = new Map(functions)
    try {
      return body()
    } catch (error) {
      if (error instanceof Jump) return { output: error.output, status: error.status }
      throw error
    } finally {
      this.#variables = variables
      this.#functions = functions
      this.#exitsOnFailure = exitsOnFailure
    }
  }

  #deeper<T>(run: () => T): T {
    if (this.#depth === DEPTH_MAX)
      throw new Unsupported(`shell scripts that call each other more than ${DEPTH_MAX} deep`)
    this.#depth++
    try {
      return run()
    } finally {
      this.#depth--
    }
  }

  readonly #scope: ShellScope = {
    variable: (name) => this.#variables.get(name),
    assign: (name, value) => this.#variables.set(name, value),
    substitute: (command) => this.#captured(command),
  }

  readonly #flow: FlowShell = {
    scope: this.#scope,
    play: (node, run) => this.#node(node, run),
    subshell: (body) => this.#subshell(body),
    arguments: () => this.#variables.arguments,
    exitsOnFailure: () => this.#exitsOnFailure,
  }

  #captured(command: string): string {
    const { output, status } = this.#whole(command, '')
    this.#variables.set('?', String(status))
    return output
  }

  #node(node: ShellNode, run: Run): CommandResult {
    switch (node.kind) {
      case 'command':
        return this.#told(this.#simple(node, run))
      case 'pipeline':
        return this.#told(playCompound(this.#flow, node, run))
      case 'subshell':
        return this.#told(this.#subshell(() => this.#node(node.body, run)))
      case 'group':
        return this.#redirected(node.redirections, run, (inner) => this.#node(node.body, inner))
      case 'function':
        this.#functions.set(node.name, node.body)
        return DONE
      default:
        return playCompound(this.#flow, node, run)
    }
  }

  /** Remembers a status, for `$?` and `set -e`. */
  #told(result: CommandResult): CommandResult {
    this.#variables.set('?', String(result.status))
    return result
  }

  #simple(node: Extract<ShellNode, { kind: 'command' }>, run: Run): CommandResult {
    for (const [name, value] of node.assignments) this.#variables.set(name, expandOne(value, this.#scope))
    const words = expandWords(node.words, this.#scope)
    const patterns = (index: number): RegExp => expandPattern(node.words[index] ?? '', this.#scope)
    return this.#redirected(node.redirections, run, (inner) =>
      words.length === 0 ? DONE : this.#named(words, patterns, node.text.trim(), inner),
    )
  }

  #redirected(redirections: readonly Redirection[], run: Run, body: (run: Run) => CommandResult): CommandResult {
    let { input } = run
    for (const { kind, target } of redirections) {
      if (kind === 'text') input = { text: expandOne(target, this.#scope) }
      if (kind !== 'read') continue
      const text = this.#files.read(expandOne(target, this.#scope))
      if (text === undefined) return FAILED
      input = { text }
    }
    const result = body({ ...run, input })
    let { output, errors = '' } = result
    let status = result.status
    // From right to left: `> file 2>&1` has the errors in the file too.
    for (const { kind, stream, target } of [...redirections].reverse()) {
      if (kind === 'same') {
        if (stream === 2 && target === '1') [output, errors] = [output + errors, '']
        else if (stream === 1 && target === '2') [output, errors] = ['', errors + output]
        continue
      }
      if (kind !== 'write' && kind !== 'append') continue
      const text = stream === 2 ? errors : stream === 1 ? output : output + errors
      if (stream !== 2) output = ''
      if (stream !== 1) errors = ''
      const absent = this.#files.write(expandOne(target, this.#scope), text, kind === 'append')
      if (absent !== null) {
        this.#miss(absent)
        status = 1
      }
    }
    return { output, errors, status }
  }

  /** What does not come to an end by itself. */
  #named(words: readonly string[], pattern: (index: number) => RegExp, command: string, run: Run): CommandResult {
    const [name = '', ...args] = words
    const base = name.slice(name.lastIndexOf('/') + 1)
    const own = this.#functions.get(name)
    if (own !== undefined) return this.#called(name, own, args, run)
    if (WRAPPERS.has(base)) return this.#wrapped(args, pattern, command, run)
    switch (base) {
      case 'exit':
      case 'return':
      case 'break':
      case 'continue':
        throw new Jump(base, Number(args[0] ?? (base === 'exit' || base === 'return' ? this.#variables.get('?') : 0)))
      case '[':
      case '[[':
      case 'test':
        return isMet(base === 'test' ? args : args.slice(0, -1), this.#tests(base === '[[', pattern)) ? DONE : FAILED
      case 'let':
        return args.map((arg) => arithmetic(arg, this.#scope)).at(-1) === 0 ? FAILED : DONE
      case 'eval':
        return this.#node(parseShellScript(args.join(' ')), run)
      case 'read':
        return this.#read(
          args.filter((arg) => !arg.startsWith('-')),
          run,
        )
      case 'set':
        this.#set(args)
        return DONE
      case 'shift':
        this.#variables.setArguments(this.#variables.arguments.slice(Number(args[0] ?? 1)))
        return DONE
      case 'export':
      case 'local':
      case 'readonly':
      case 'declare':
      case 'typeset':
        for (const [, one = '', value = ''] of args.flatMap((arg) => [/^(\w+)=([\s\S]*)$/.exec(arg) ?? []]))
          if (one !== '') this.#variables.set(one, value)
        return DONE
      case 'unset':
        for (const arg of args) this.#variables.delete(arg)
        return DONE
      case 'env':
        return this.#wrapped(
          args.filter((arg) => !/^\w+=/.test(arg)),
          pattern,
          command,
          run,
        )
      case 'xargs':
        return this.#named(withInput(args, run.input.text), pattern, command, run)
      case 'timeout':
        return this.#wrapped(args.slice(args.findIndex((arg) => /^\d/.test(arg)) + 1), pattern, command, run)
      case 'source':
      case '.':
        return this.#file(args, command, run, true)
      default:
    }
    if (SHELLS.has(base)) return this.#shell(args, command, run)
    if (PYTHON.test(base) && args[0] === '-c') return python(args[1] ?? '')
    if (INTERPRETERS.test(base)) return this.#named(args, pattern, command, run)
    return this.#program(name, args, command, run)
  }

  #program(name: string, args: readonly string[], command: string, run: Run): CommandResult {
    const base = name.slice(name.lastIndexOf('/') + 1)
    const handler = entryOf(COMMANDS, base)
    if (handler !== undefined) return handler(args, this.#commandScene(command, run))
    if (/^sysctl_restore_\w+\.sh$/.test(base)) {
      this.#sysctls.restore()
      return DONE
    }
    return this.#file([name, ...args], command, run, false)
  }

  #commandScene(command: string, run: Run): CommandScene {
    return {
      world: this.#world,
      sysctls: this.#sysctls,
      nstat: this.#nstat,
      files: this.#files,
      input: run.input.text,
      background: run.background,
      command,
      isFunction: (one) => this.#functions.has(one),
      absent: (one) => this.#miss(one),
    }
  }

  /** A sysctl that this system does not have; or it has refused what was written. */
  #miss(name: string): void {
    if (name === REFUSED) return
    this.#absent.push(name)
    this.#world.tell(`there is no sysctl ${name}`)
  }

  #called(name: string, body: ShellNode, args: readonly string[], run: Run): CommandResult {
    const before = this.#variables.arguments
    this.#variables.setArguments(args)
    try {
      return this.#deeper(() => this.#node(body, run))
    } catch (error) {
      if (!(error instanceof Jump) || error.kind !== 'return') throw error
      return { output: error.output, status: error.status }
    } finally {
      this.#variables.setArguments(before)
      this.#variables.set('FUNCNAME', name)
    }
  }

  /** `sudo -n COMMAND`, `nice -n 5 COMMAND`, `command -v NAME`. */
  #wrapped(args: readonly string[], pattern: (index: number) => RegExp, command: string, run: Run): CommandResult {
    if (args[0] === '-v' || args[0] === '-V') return this.#program('which', args.slice(1), command, run)
    const from = args.findIndex((arg, i) => !arg.startsWith('-') && !/^-(?:n|o|e|i|u)$/.test(args[i - 1] ?? ''))
    if (from < 0) return DONE
    return this.#named(args.slice(from), (index) => pattern(index + 1 + from), command, run)
  }

  /** `sh FILE`, `sh -c TEXT`. */
  #shell(args: readonly string[], command: string, run: Run): CommandResult {
    const at = args.findIndex((arg) => !/^[-+]/.test(arg))
    const options = args.slice(0, at < 0 ? args.length : at).join('')
    const [first, ...rest] = at < 0 ? [] : args.slice(at)
    if (first === undefined) return this.#whole(run.input.text, '')
    if (!options.includes('c')) return this.#file([first, ...rest], command, run, false, options.includes('e'))
    return this.#whole((options.includes('e') ? 'set -e\n' : '') + first, run.input.text)
  }

  /** A shell script, as a process of its own or, by `source`, in this one. */
  #file(words: readonly string[], command: string, run: Run, sourced: boolean, strict = false): CommandResult {
    const [path = '', ...args] = words
    const text = sourced || path.includes('/') || path.endsWith('.sh') ? this.#files.script(path) : undefined
    if (text === undefined) throw absentScript(command, path)
    const program = /^#!\s*(\S+)(?:\s+(\S+))?/.exec(text)
    const interpreter = program?.[1]?.endsWith('/env') === true ? program[2] : program?.[1]
    if (interpreter !== undefined && !SHELLS.has(interpreter.replace(/^.*\//, '')))
      throw new Unsupported(`command ${command}`)
    const header = strict ? `set -e\n` : ''
    if (!sourced) return this.#within(path, args, () => this.#whole(header + text, run.input.text))
    try {
      return this.#within(path, args.length > 0 ? args : this.#variables.arguments, () =>
        this.#deeper(() => this.#node(parseShellScript(text), run)),
      )
    } catch (error) {
      if (!(error instanceof Jump) || error.kind !== 'return') throw error
      return { output: error.output, status: error.status }
    }
  }

  /** Runs a script under its name and with its arguments. */
  #within(path: string, args: readonly string[], body: () => CommandResult): CommandResult {
    const before = this.#variables.arguments
    const names = ['0', 'BASH_SOURCE'].map((name) => [name, this.#variables.get(name)] as const)
    for (const [name] of names) this.#variables.set(name, path)
    this.#variables.setArguments(args)
    try {
      return this.#files.below(path, body)
    } finally {
      this.#variables.setArguments(before)
      for (const [name, value] of names) if (value !== undefined) this.#variables.set(name, value)
    }
  }

  #set(args: readonly string[]): void {
    const [first = ''] = args
    if (first === '--') this.#variables.setArguments(args.slice(1))
    else if (/^-[a-zA-Z]*e/.test(first) || args.join(' ') === '-o errexit') this.#exitsOnFailure = true
    else if (/^\+[a-zA-Z]*e/.test(first)) this.#exitsOnFailure = false
  }

  #read(names: readonly string[], run: Run): CommandResult {
    const { input } = run
    if (input.text === '') return FAILED
    const end = input.text.indexOf('\n')
    const line = end < 0 ? input.text : input.text.slice(0, end)
    input.text = end < 0 ? '' : input.text.slice(end + 1)
    const words = line.trim().split(/\s+/)
    for (const [i, name] of names.entries()) {
      const isLast = i === names.length - 1
      this.#variables.set(name, isLast ? words.slice(i).join(' ') : (words[i] ?? ''))
    }
    return DONE
  }

  #tests(isPattern: boolean, pattern: (index: number) => RegExp): TestWorld {
    return {
      exists: (path, kind) => this.#files.exists(path, kind),
      isSet: (name) => this.#variables.has(name),
      pattern: (index) => (isPattern ? pattern(index + 1) : null),
    }
  }
}
