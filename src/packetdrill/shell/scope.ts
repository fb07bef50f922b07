/** What the words of a command are made of: variables, and what `$(…)` prints. */
export interface ShellScope {
  variable(name: string): string | undefined
  assign(name: string, value: string): void
  substitute(command: string): string
}
