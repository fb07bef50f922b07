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
  | { readonly kind: 'tuple'; readonly items: readonly Expr[] }
  /** `f"{x:d} of {y}"` */
  | { readonly kind: 'text'; readonly parts: readonly TextPart[] }
  | { readonly kind: 'call'; readonly name: string; readonly args: readonly Expr[] }
  | { readonly kind: 'index'; readonly of: Expr; readonly at: Expr }

/** A piece of an f-string: as it is, or an expression and how it is written. */
export type TextPart = string | { readonly of: Expr; readonly spec: string }

/** What a program computes with. Numbers are whole or not, as Python tells them apart only by division. */
export type Value = number | string | boolean | null | readonly Value[]

/** A statement; `line` counts from 1 within its block. */
export type Statement =
  | {
      readonly kind: 'assert'
      readonly line: number
      readonly test: Expr
      readonly message: Expr | null
      readonly text: string
    }
  | { readonly kind: 'assign'; readonly line: number; readonly name: string; readonly op: string; readonly value: Expr }
  | { readonly kind: 'expression'; readonly line: number; readonly value: Expr }
  | {
      readonly kind: 'if'
      readonly line: number
      readonly test: Expr
      readonly yes: readonly Statement[]
      readonly no: readonly Statement[]
    }
  | {
      readonly kind: 'def'
      readonly line: number
      readonly name: string
      readonly parameters: readonly string[]
      readonly body: readonly Statement[]
    }
  | {
      readonly kind: 'for'
      readonly line: number
      readonly name: string
      readonly of: Expr
      readonly body: readonly Statement[]
    }
  | { readonly kind: 'return'; readonly line: number; readonly value: Expr | null }
  | { readonly kind: 'pass'; readonly line: number }
