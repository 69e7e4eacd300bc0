import { Component, type FunctionComponent } from 'preact'

type IsSame<Props> = (before: Props, next: Props) => boolean

/**
 * A component that is drawn again only if one of its properties has changed. A remembered element
 * would do the same, but it refers to the page as it was, and so on to all earlier ones.
 */
export function memo<Props extends object>(
  Inner: FunctionComponent<Props>,
  isSame: IsSame<Props> = hasSameValues,
): FunctionComponent<Props> {
  class Memo extends Component<Props> {
    override shouldComponentUpdate(next: Props): boolean {
      return !isSame(this.props as Props, next)
    }

    override render() {
      return <Inner {...(this.props as Props)} />
    }
  }
  return Memo as unknown as FunctionComponent<Props>
}

/** Both have the same keys, because they are the properties of one place. */
function hasSameValues<Props extends object>(before: Props, next: Props): boolean {
  for (const key in next) if (before[key] !== next[key]) return false
  return true
}
