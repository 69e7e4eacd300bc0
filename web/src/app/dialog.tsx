import type { ComponentChildren } from 'preact'
import { useEffect, useRef } from 'preact/hooks'
import { useApp } from './context.ts'

/** A modal dialog: the page behind it cannot be reached, and Escape closes it. */
export function Dialog({
  title,
  onClose,
  children,
}: {
  title: string
  onClose: () => void
  children: ComponentChildren
}) {
  const { texts } = useApp()
  const element = useRef<HTMLDialogElement>(null)
  useEffect(() => {
    const before = document.activeElement as HTMLElement | null
    element.current?.showModal()
    return () => before?.focus()
  }, [])
  return (
    <dialog
      ref={element}
      aria-label={title}
      onClose={onClose}
      onCancel={onClose}
      onClick={(event) => {
        if (event.target === element.current) onClose()
      }}
    >
      <div class="dialog">
        <header>
          <h2>{title}</h2>
          <button type="button" class="icon" title={texts.members.close} onClick={onClose}>
            <span aria-hidden="true">✕</span>
            <span class="sr">{texts.members.close}</span>
          </button>
        </header>
        {children}
      </div>
    </dialog>
  )
}

/** Names that were typed with blanks, commas or at signs between them. */
export function namesIn(text: string): string[] {
  return [
    ...new Set(
      text
        .toLowerCase()
        .split(/[\s,;@]+/u)
        .filter(Boolean),
    ),
  ]
}
