/** What a shell's variables are before a script sets any. */
const INITIAL: readonly (readonly [name: string, value: string])[] = [
  ['PPID', '1'],
  ['HOME', '/root'],
  ['PATH', '/usr/sbin:/usr/bin:/sbin:/bin'],
  ['USER', 'root'],
  ['$', '2'],
  ['!', '3'],
  ['0', 'sh'],
  ['#', '0'],
  ['?', '0'],
]

/** A shell's variables, and among them its arguments: `$1`, `$2` and so on, as many as `$#` says. */
export class ShellVariables {
  readonly #values: Map<string, string>

  constructor(values: Iterable<readonly [name: string, value: string]> = INITIAL) {
    this.#values = new Map(values)
  }

  /** The same variables for another shell: what it sets stays its own. */
  copy(): ShellVariables {
    return new ShellVariables(this.#values)
  }

  /** `$NAME`; `$@` and `$*` are all arguments with blanks between them. */
  get(name: string): string | undefined {
    return name === '@' || name === '*' ? this.arguments.join(' ') : this.#values.get(name)
  }

  set(name: string, value: string): void {
    this.#values.set(name, value)
  }

  has(name: string): boolean {
    return this.#values.has(name)
  }

  delete(name: string): void {
    this.#values.delete(name)
  }

  get arguments(): string[] {
    return Array.from({ length: Number(this.#values.get('#')) }, (_, i) => this.#values.get(String(i + 1)) ?? '')
  }

  setArguments(args: readonly string[]): void {
    this.#values.set('#', String(args.length))
    for (const [i, arg] of args.entries()) this.#values.set(String(i + 1), arg)
    for (let i = args.length + 1; this.#values.delete(String(i)); i++);
  }
}
