import type { ComponentChildren, VNode } from 'preact'

/** One line of a list of facts: what it is, and what is so. */
export function Fact({ name, children }: { readonly name: string; readonly children: ComponentChildren }): VNode {
  return (
    <div class="fact">
      <dt>{name}</dt>
      <dd>{children}</dd>
    </div>
  )
}
