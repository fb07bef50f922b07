import type { Value } from './values.ts'

/** `for x in y if z` of a comprehension. */
export interface ComprehensionClause {
  readonly target: Expr
  readonly of: Expr
  readonly tests: readonly Expr[]
}

/** A parameter of a function: `a`, `b=2`, `*rest`, `**named`. */
export interface Parameter {
  readonly name: string
  readonly kind: '' | '*' | '**'
  readonly fallback: Expr | null
}

/** An argument of a call: a value, `name=value`, `*values`, `**values`. */
export interface Argument {
  readonly kind: '' | '*' | '**'
  readonly name: string | null
  readonly value: Expr
}

/** The part of Python that scripts use, as it is read. */
export type Expr =
  | { readonly kind: 'value'; readonly value: Value }
  | { readonly kind: 'name'; readonly name: string }
  | { readonly kind: 'unary'; readonly op: string; readonly of: Expr }
  | { readonly kind: 'binary'; readonly op: string; readonly left: Expr; readonly right: Expr }
  | { readonly kind: 'logic'; readonly op: 'and' | 'or'; readonly left: Expr; readonly right: Expr }
  | {
      readonly kind: 'compare'
      readonly first: Expr
      readonly rest: readonly { readonly op: string; readonly to: Expr }[]
    }
  | { readonly kind: 'choice'; readonly test: Expr; readonly yes: Expr; readonly no: Expr }
  | { readonly kind: 'tuple' | 'list' | 'set'; readonly items: readonly Expr[] }
  /** `*rest` among targets and members. */
  | { readonly kind: 'starred'; readonly of: Expr }
  /** `(name := value)` */
  | { readonly kind: 'walrus'; readonly name: string; readonly value: Expr }
  | { readonly kind: 'dict'; readonly pairs: readonly (readonly [key: Expr, value: Expr])[] }
  | {
      readonly kind: 'comprehension'
      readonly element: Expr
      readonly makes: 'list' | 'set'
      /** Of a dictionary: what stands behind the colon. */
      readonly value: Expr | null
      readonly clauses: readonly ComprehensionClause[]
    }
  | { readonly kind: 'lambda'; readonly parameters: readonly Parameter[]; readonly body: Expr }
  /** `f"{x:d} of {y}"` */
  | { readonly kind: 'text'; readonly parts: readonly TextPart[] }
  | { readonly kind: 'call'; readonly of: Expr; readonly args: readonly Argument[] }
  | { readonly kind: 'attribute'; readonly of: Expr; readonly name: string }
  | { readonly kind: 'index'; readonly of: Expr; readonly at: Expr }
  | { readonly kind: 'slice'; readonly of: Expr; readonly bounds: readonly (Expr | null)[] }

/** A piece of an f-string: as it is, or an expression and how it is written. */
export type TextPart = string | { readonly of: Expr; readonly conversion: string; readonly spec: string }

/** A statement; `line` counts from 1 within its block. */
export type Statement = { readonly line: number } & StatementBody

type StatementBody =
  | { readonly kind: 'assert'; readonly test: Expr; readonly message: Expr | null; readonly text: string }
  /** `a = b = value`, `a += value`. */
  | { readonly kind: 'assign'; readonly targets: readonly Expr[]; readonly op: string; readonly value: Expr }
  | { readonly kind: 'expression'; readonly value: Expr }
  | { readonly kind: 'if'; readonly test: Expr; readonly yes: readonly Statement[]; readonly no: readonly Statement[] }
  | {
      readonly kind: 'def'
      readonly name: string
      readonly parameters: readonly Parameter[]
      readonly body: readonly Statement[]
    }
  /** `otherwise` is done where no `break` ended the loop. */
  | {
      readonly kind: 'for'
      readonly target: Expr
      readonly of: Expr
      readonly body: readonly Statement[]
      readonly otherwise: readonly Statement[]
    }
  | {
      readonly kind: 'while'
      readonly test: Expr
      readonly body: readonly Statement[]
      readonly otherwise: readonly Statement[]
    }
  | {
      readonly kind: 'try'
      readonly body: readonly Statement[]
      readonly handlers: readonly {
        readonly names: readonly string[]
        readonly as: string | null
        readonly body: readonly Statement[]
      }[]
      readonly otherwise: readonly Statement[]
      readonly last: readonly Statement[]
    }
  | { readonly kind: 'raise'; readonly value: Expr | null }
  | { readonly kind: 'import'; readonly modules: readonly (readonly [module: string, as: string])[] }
  | {
      readonly kind: 'from'
      readonly module: string
      readonly names: readonly (readonly [name: string, as: string])[]
    }
  | { readonly kind: 'global'; readonly names: readonly string[] }
  | { readonly kind: 'delete'; readonly targets: readonly Expr[] }
  | { readonly kind: 'return'; readonly value: Expr | null }
  | { readonly kind: 'pass' | 'break' | 'continue' }
