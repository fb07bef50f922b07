import { Component } from 'preact'

/** A component that is drawn again only when one of its properties is another: what stands around it may be drawn as often as it likes. */
export abstract class Pure<Props extends object> extends Component<Props> {
  override shouldComponentUpdate(next: Readonly<Props>): boolean {
    const now = this.props
    for (const name in next) if (next[name] !== now[name as keyof typeof now]) return true
    return false
  }
}
