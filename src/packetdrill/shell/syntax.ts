/** A shell script as it is read. Words are still raw: quotes, `$NAME` and `$(…)` as they were written. */

/** `> /dev/null`, `2>&1`, `<<< text`, `<< END`. */
export interface Redirection {
  readonly kind: 'write' | 'append' | 'read' | 'text' | 'same'
  /** 0 input, 1 output, 2 errors; null: output and errors. */
  readonly stream: 0 | 1 | 2 | null
  /** A raw word: a file, a text, or (same) the number of a stream. */
  readonly target: string
}

/** Commands and how they hang together. */
export type ShellNode =
  | {
      readonly kind: 'command'
      readonly assignments: readonly (readonly [name: string, value: string])[]
      readonly words: readonly string[]
      readonly redirections: readonly Redirection[]
      readonly text: string
    }
  | { readonly kind: 'pipeline'; readonly inverted: boolean; readonly parts: readonly ShellNode[] }
  | { readonly kind: 'list'; readonly items: readonly ListItem[] }
  | {
      readonly kind: 'if'
      readonly clauses: readonly (readonly [test: ShellNode, body: ShellNode])[]
      readonly otherwise: ShellNode | null
    }
  | { readonly kind: 'for'; readonly name: string; readonly words: readonly string[] | null; readonly body: ShellNode }
  | {
      readonly kind: 'while'
      readonly until: boolean
      readonly test: ShellNode
      readonly body: ShellNode
      /** What `for ((…; …; step))` does behind each round. */
      readonly step?: ShellNode
    }
  | {
      readonly kind: 'case'
      readonly word: string
      readonly clauses: readonly { readonly patterns: readonly string[]; readonly body: ShellNode }[]
    }
  | { readonly kind: 'function'; readonly name: string; readonly body: ShellNode }
  /** `( … )` */
  | { readonly kind: 'subshell'; readonly body: ShellNode }
  | { readonly kind: 'group'; readonly body: ShellNode; readonly redirections: readonly Redirection[] }

/** One pipeline of a list, and when it runs: always, or by the status of the one before it. */
export interface ListItem {
  readonly when: ';' | '&&' | '||'
  readonly node: ShellNode
  /** `&`: nobody waits for it. */
  readonly background: boolean
}
