import { Component, type FunctionComponent } from 'preact'

/**
 * A component that is drawn again only if one of its properties has changed. A remembered element
 * would do the same, but it refers to the page as it was, and so on to all earlier ones.
 */
export function memo<Props extends object>(
  Inner: FunctionComponent<Props>,
): FunctionComponent<Props> {
  class Memo extends Component<Props> {
    override shouldComponentUpdate(next: Props): boolean {
      const keys = new Set([...Object.keys(this.props), ...Object.keys(next)])
      return [...keys].some((key) => this.props[key as keyof Props] !== next[key as keyof Props])
    }

    override render() {
      return <Inner {...(this.props as Props)} />
    }
  }
  return Memo as unknown as FunctionComponent<Props>
}
