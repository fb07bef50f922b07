import type { VNode } from 'preact'
export function LabView({ hidden }: { readonly hidden: boolean }): VNode {
  return (
    <main class="lab" hidden={hidden}>
      <h1 tabIndex={-1}>Lab</h1>
    </main>
  )
}
